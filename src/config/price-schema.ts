import * as z from 'zod';
import { factor, modelName, usd } from './schema-fields.ts';

const LONGEST_PROMPT = 1_000_000_000;

const rates = {
  input: usd,
  output: usd,
  cache_read: usd.optional().describe('Default: 0.1 of input.'),
  cache_write_5m: usd.optional().describe('Default: 1.25 of input.'),
  cache_write_1h: usd.optional().describe('Default: 2 of input.'),
};

const tier = z.strictObject({
  above: z.int().min(1).max(LONGEST_PROMPT).describe('Prompts of more tokens than this, cached ones included.'),
  ...rates,
});

const term = z.string().regex(/^[a-z0-9_-]{1,32}$/, 'must be a term as answers name it, such as batch or priority');

const price = z.strictObject({
  ...rates,
  web_searches: usd.optional().describe('USD per thousand. Default: as in the catalogue.'),
  web_fetches: usd.optional().describe('USD per thousand. Default: 0.'),
  file_searches: usd.optional().describe('USD per thousand. Default: as in the catalogue.'),
  code_containers: usd.optional().describe('USD per thousand containers in which code was run.'),
  tiers: z.array(tier).max(10).optional().describe('Rates of long prompts; they hold for all tokens of a request.'),
  multipliers: z
    .record(term, factor)
    .optional()
    .describe('What tokens cost under a service tier or other term, as a factor: batch: 0.5.'),
});

/** Prices by upstream model name. */
export const pricesSchema = z
  .record(modelName, price)
  .default({})
  .describe('USD per million tokens, by upstream model.');

/** What is charged for an upstream's price. */
export const markupSchema = factor.default(1).describe('What is charged, as a factor of the price: 1.2 adds a fifth.');
