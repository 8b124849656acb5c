import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { TokenClass, ToolClass } from '../core/usage.ts';
import type { PinnedPrice } from '../store/tables/prices.ts';

/** Nano-USD per million tokens of each class, as whole numbers. */
export type Rates = Record<TokenClass, number>;

/** The price of a model at one moment. Immutable: an attempt keeps the one that it started with (`reliability.md` S21). */
export type Price = {
  /** Hash of all below. */
  id: string;
  /** Catalogue version and hash of the overrides. */
  version: string;
  base: { rates: Rates };
  /** Rates for longer prompts, shortest first: they hold for all tokens once the prompt has more than `aboveInput`. */
  longer: { aboveInput: number; rates: Rates }[];
  /** Nano-USD per thousand; null when the catalogue has no price for them. */
  webSearches: number | null;
  /** Nano-USD per thousand of the other tools; absent where there is no price for one. */
  tools?: Readonly<{ [tool in ToolClass]?: number | undefined }> | undefined;
  /** What tokens cost under a term (`Usage.terms`), in parts of {@link FACTOR_UNIT}: 5,000 is half the rate. */
  multipliers: Readonly<Record<string, number>>;
  /** What is charged for the upstream's price, in parts of {@link FACTOR_UNIT}: 12,000 adds a fifth. */
  markup: number;
  /** What the project is charged for that, likewise; absent: the same. */
  projectMarkup?: number | undefined;
};

/** A factor of 1. */
export const FACTOR_UNIT = 10_000;

const wholeNumber = z.int().nonnegative();
const ratesSchema = z.object({
  input: wholeNumber,
  cache_read: wholeNumber,
  cache_write_5m: wholeNumber,
  cache_write_1h: wholeNumber,
  output: wholeNumber,
});
const writtenSchema = z.object({
  base: z.object({ rates: ratesSchema }),
  longer: z.array(z.object({ aboveInput: wholeNumber, rates: ratesSchema })),
  webSearches: wholeNumber.nullable(),
  tools: z
    .object({ web_fetches: wholeNumber, file_searches: wholeNumber, code_containers: wholeNumber })
    .partial()
    .optional(),
  // Prices that were pinned before there were factors have none.
  multipliers: z.record(z.string(), wholeNumber).default({}),
  markup: wholeNumber.default(FACTOR_UNIT),
  projectMarkup: wholeNumber.optional(),
});

/** A price with its id, from what it says. */
export function makePrice(version: string, content: Omit<Price, 'id' | 'version'>): Price {
  const { base, longer, webSearches, multipliers, markup, projectMarkup = FACTOR_UNIT, tools = {} } = content;
  const ofProject = projectMarkup === FACTOR_UNIT ? {} : { projectMarkup };
  const ofTools = Object.keys(tools).length === 0 ? {} : { tools };
  const price = { version, base, longer, webSearches, multipliers, markup, ...ofProject, ...ofTools };
  return { id: shortHash(JSON.stringify(price)), ...price };
}

/** A price as the store keeps it. */
export function toPinnedPrice({ id, version, ...content }: Price): PinnedPrice {
  return { id, version, rates: JSON.stringify(content) };
}

/** A price from the store. @throws Error when its rates are damaged. */
export function fromPinnedPrice({ id, version, rates }: PinnedPrice): Price {
  return { id, version, ...writtenSchema.parse(JSON.parse(rates)) };
}

/** The first 16 hex digits of a text's SHA-256. */
export function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
