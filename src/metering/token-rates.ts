import { RecentMap } from '../core/recent-map.ts';
import {
  TEXT_KINDS,
  type TextFactors,
  type TextRates,
  tokensByText,
  USUAL_RATES,
  type WrittenText,
} from '../core/written-text.ts';

/** Models remembered, each with a few numbers. */
const MODELS_REMEMBERED = 1_000;

/** An answer of fewer tokens is mostly what surrounds it, such as the names of tools. */
const FEWEST_TOKENS = 40;
/** Off by more than this factor, an answer has parts that were not streamed, such as thinking: it teaches nothing of its text. */
const MOST_OFF = 3;
/** An answer of so many tokens counts half of one that is very long: no short one is like all others. */
const HALF_SURE_TOKENS = 200;
/** What was known before any answer, and the most that is remembered of them all: later ones then move the rates by a ninth. */
const FIRST_WEIGHT = 0.1;
const MOST_WEIGHT = 8;
/** The part of each new request in what is known of the size of prompts. */
const INPUT_STEP = 0.12;

/** Bytes of a request for each token of its prompt: what is usual, and between what it is learnt; pictures and stored prompts lie outside. */
const USUAL_INPUT_BYTES = 4;
const FEWEST_INPUT_BYTES = 1;
const MOST_INPUT_BYTES = 16;

/** What the tokens of each model are like, learnt from answers that ended and said what they were. In this process alone. */
export class TokenRates {
  private readonly models = new RecentMap<string, ModelRates>(MODELS_REMEMBERED);

  of(channel: string, upstreamModel: string): ModelRates {
    const name = `${channel}\n${upstreamModel}`;
    const known = this.models.get(name);
    if (known) return known;
    const rates = new ModelRates();
    this.models.set(name, rates);
    return rates;
  }
}

/** The rates of one model: a factor for each kind of text, moved by each answer in the direction of its error. */
export class ModelRates implements TextRates {
  private readonly factors: TextFactors = { letters: 1, digits: 1, marks: 1, ideographs: 1, scripts: 1 };
  private weight = FIRST_WEIGHT;
  /** How far off counting by text and counting pieces have been of late, as a part of the whole. */
  private textError = 0;
  private pieceError = 0;
  private inputBytes = USUAL_INPUT_BYTES;

  tokensOf(written: WrittenText): number {
    if (this.weight === FIRST_WEIGHT) return USUAL_RATES.tokensOf(written);
    return this.pieceError < this.textError ? written.pieces : Math.ceil(tokensByText(written, this.factors));
  }

  /** Tokens that the prompt of a request of so many bytes has, roughly. */
  inputTokensOf(bytes: number): number {
    return Math.ceil(bytes / this.inputBytes);
  }

  /** An answer has ended, and its text was so many tokens. */
  learnText(written: WrittenText, tokens: number): void {
    const expected = tokensByText(written, this.factors);
    const isUsual = tokens >= FEWEST_TOKENS && tokens <= expected * MOST_OFF && expected <= tokens * MOST_OFF;
    if (!isUsual) return;
    const ofAnswer = tokens / (tokens + HALF_SURE_TOKENS);
    const step = ofAnswer / (this.weight + ofAnswer);
    this.textError += (Math.abs(tokens - expected) / tokens - this.textError) * step;
    this.pieceError += (Math.abs(tokens - written.pieces) / tokens - this.pieceError) * step;
    const size = TEXT_KINDS.reduce((sum, kind) => sum + written[kind] ** 2, 0);
    for (const kind of TEXT_KINDS) {
      const moved = this.factors[kind] + (step * (tokens - expected) * written[kind]) / size;
      this.factors[kind] = Math.min(MOST_OFF, Math.max(1 / MOST_OFF, moved));
    }
    this.weight = Math.min(MOST_WEIGHT, this.weight + ofAnswer);
  }

  /** A request of so many bytes had a prompt of so many tokens. */
  learnInput(bytes: number, tokens: number): void {
    const perToken = bytes / tokens;
    if (!(perToken >= FEWEST_INPUT_BYTES && perToken <= MOST_INPUT_BYTES)) return;
    this.inputBytes += (perToken - this.inputBytes) * INPUT_STEP;
  }
}
