import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { TokenClass } from '../core/usage.ts';
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
};

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
});

/** A price with its id, from what it says. */
export function makePrice(version: string, content: Omit<Price, 'id' | 'version'>): Price {
  const { base, longer, webSearches } = content;
  const price = { version, base, longer, webSearches };
  return { id: shortHash(JSON.stringify(price)), ...price };
}

/** A price as the store keeps it. */
export function toPinnedPrice({ id, version, base, longer, webSearches }: Price): PinnedPrice {
  return { id, version, rates: JSON.stringify({ base, longer, webSearches }) };
}

/** A price from the store. @throws Error when its rates are damaged. */
export function fromPinnedPrice({ id, version, rates }: PinnedPrice): Price {
  return { id, version, ...writtenSchema.parse(JSON.parse(rates)) };
}

/** The first 16 hex digits of a text's SHA-256. */
export function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
