import { z } from 'zod';
import { RecentMap } from '../core/recent-map.ts';
import {
  TEXT_KINDS,
  type TextFactors,
  type TextRates,
  tokensByText,
  USUAL_RATES,
  type WrittenText,
} from '../core/written-text.ts';
import type { TokenRatesRow } from '../store/token-rates.ts';

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

const factor = z
  .number()
  .min(1 / MOST_OFF)
  .max(MOST_OFF);
const error = z.number().nonnegative();
/** What is kept of a model. */
const lessonsSchema = z.object({
  factors: z.object({ letters: factor, digits: factor, marks: factor, ideographs: factor, scripts: factor }),
  weight: z.number().min(FIRST_WEIGHT).max(MOST_WEIGHT),
  textError: error,
  pieceError: error,
  inputBytes: z.number().min(FEWEST_INPUT_BYTES).max(MOST_INPUT_BYTES),
});
type Lessons = z.output<typeof lessonsSchema>;

/** What the tokens of each model are like, learnt from answers that ended and said what they were. */
export class TokenRates {
  private readonly models = new RecentMap<string, ModelRates>(MODELS_REMEMBERED);
  /** Models that answers have taught something since it was last taken to be kept. */
  private readonly taught = new Map<string, ModelRates>();

  of(channel: string, upstreamModel: string): ModelRates {
    const name = nameOf(channel, upstreamModel);
    const known = this.models.get(name);
    if (known) return known;
    const rates: ModelRates = new ModelRates(() => this.taught.set(name, rates));
    this.models.set(name, rates);
    return rates;
  }

  /** What answers have taught since the last time, to be kept. */
  takeTaught(): TokenRatesRow[] {
    const rows = [...this.taught].map(([name, rates]) => ({ ...placeOf(name), rates: JSON.stringify(rates.lessons) }));
    this.taught.clear();
    return rows;
  }

  /** What was taken could not be kept: it is to be taken again. */
  putBack(rows: readonly TokenRatesRow[]): void {
    for (const { channel, upstreamModel } of rows) {
      this.taught.set(nameOf(channel, upstreamModel), this.of(channel, upstreamModel));
    }
  }

  /** Lessons of an earlier process, or of others; a model that has taught this one something of its own stays as it is. */
  takeOver(rows: readonly TokenRatesRow[]): void {
    for (const { channel, upstreamModel, rates } of rows) {
      if (!this.taught.has(nameOf(channel, upstreamModel))) this.of(channel, upstreamModel).recall(rates);
    }
  }
}

function nameOf(channel: string, upstreamModel: string): string {
  return `${channel}\n${upstreamModel}`;
}

function placeOf(name: string): { channel: string; upstreamModel: string } {
  const [channel = '', ...upstreamModel] = name.split('\n');
  return { channel, upstreamModel: upstreamModel.join('\n') };
}

/** The rates of one model: a factor for each kind of text, moved by each answer in the direction of its error. */
export class ModelRates implements TextRates {
  private readonly onTaught: () => void;
  private factors: TextFactors = { letters: 1, digits: 1, marks: 1, ideographs: 1, scripts: 1 };
  private weight = FIRST_WEIGHT;
  /** How far off counting by text and counting pieces have been of late, as a part of the whole. */
  private textError = 0;
  private pieceError = 0;
  private inputBytes = USUAL_INPUT_BYTES;

  /** @param onTaught called when an answer has taught something. */
  constructor(onTaught: () => void = () => undefined) {
    this.onTaught = onTaught;
  }

  /** All that answers have taught. */
  get lessons(): Lessons {
    const { factors, weight, textError, pieceError, inputBytes } = this;
    return { factors, weight, textError, pieceError, inputBytes };
  }

  /** What was kept of {@link lessons}, as JSON; anything else changes nothing. */
  recall(text: string): void {
    const { data } = lessonsSchema.safeParse(jsonOf(text));
    if (data) Object.assign(this, data);
  }

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
    this.onTaught();
  }

  /** A request of so many bytes had a prompt of so many tokens. */
  learnInput(bytes: number, tokens: number): void {
    const perToken = bytes / tokens;
    if (!(perToken >= FEWEST_INPUT_BYTES && perToken <= MOST_INPUT_BYTES)) return;
    this.inputBytes += (perToken - this.inputBytes) * INPUT_STEP;
    this.onTaught();
  }
}

/** Undefined when it is no JSON. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
