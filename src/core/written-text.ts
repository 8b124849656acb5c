/** Kinds of text that tokenizers cut differently, so that each has a rate of its own. */
export const TEXT_KINDS = ['letters', 'digits', 'marks', 'ideographs', 'scripts'] as const;

/** One kind: Latin words; digits; punctuation and breaks; Chinese, Japanese and Korean; everything else. */
export type TextKind = (typeof TEXT_KINDS)[number];

/** What a model has written, in tokens as a usual tokenizer would cut it; fractions are what makes the sums right. */
export type WrittenText = Readonly<Record<TextKind, number>> & {
  /** In how many pieces it came: many upstreams send every token by itself. */
  readonly pieces: number;
  /** Whether some of it was thinking, of which clients often get less than is billed. */
  readonly hasThinking: boolean;
};

/** Turns what was written into tokens of one model. */
export type TextRates = {
  /** Whole tokens, rounded up. */
  tokensOf(written: WrittenText): number;
};

/** Pieces are tokens if there are about as many of them as the text suggests: so much less or more. */
const FEWEST_PIECES = 0.8;
const MOST_PIECES = 1.3;

/** By what the tokens of each kind are multiplied. */
export type TextFactors = Record<TextKind, number>;

const USUAL_FACTORS: Readonly<TextFactors> = { letters: 1, digits: 1, marks: 1, ideographs: 1, scripts: 1 };

/** Tokens by what the text is made of. It is asked for with every event of a stream. */
export function tokensByText(written: WrittenText, factors: Readonly<TextFactors>): number {
  return (
    written.letters * factors.letters +
    written.digits * factors.digits +
    written.marks * factors.marks +
    written.ideographs * factors.ideographs +
    written.scripts * factors.scripts
  );
}

/** The rates of a model of which nothing is known. */
export const USUAL_RATES: TextRates = {
  tokensOf(written) {
    const tokens = tokensByText(written, USUAL_FACTORS);
    return comeOneByOne(written, tokens) ? written.pieces : Math.ceil(tokens);
  },
};

/** Whether the pieces that a text came in look like one token each. @param tokens that the text suggests. */
function comeOneByOne({ pieces }: WrittenText, tokens: number): boolean {
  return pieces >= tokens * FEWEST_PIECES && pieces <= tokens * MOST_PIECES;
}
