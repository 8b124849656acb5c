import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Usage } from '../core/usage.ts';
import { toUsage } from '../dialects/anthropic-messages/usage.ts';
import { readChatUsage, readResponsesUsage } from '../dialects/shared/openai-usage.ts';
import { COUNTERS, type Counters, zeroCounters } from '../store/tables/counters.ts';
import { meterUsage } from './meter.ts';
import { FACTOR_UNIT, fromPinnedPrice, makePrice, type Price, type Rates, toPinnedPrice } from './price.ts';
import { makeReceipt } from './receipt.ts';

const rates = (input: number, read: number, short: number, long: number, output: number): Rates => ({
  input,
  cache_read: read,
  cache_write_5m: short,
  cache_write_1h: long,
  output,
});

const PRICE = makePrice('golden', {
  base: { rates: rates(3_000_000_000, 300_000_000, 3_750_000_000, 6_000_000_000, 15_000_000_000) },
  longer: [
    { aboveInput: 200_000, rates: rates(6_000_000_000, 600_000_000, 7_500_000_000, 12_000_000_000, 22_500_000_000) },
    { aboveInput: 500_000, rates: rates(9_000_000_000, 900_000_000, 11_250_000_000, 18_000_000_000, 30_000_000_000) },
  ],
  webSearches: 10_000_000_000,
  multipliers: { batch: 5_000, flex: 5_000, priority: 17_500, us: 11_000, fast: 60_000, third: 3_333 },
  markup: FACTOR_UNIT,
});
const ODD: Price = { ...PRICE, base: { rates: rates(1, 1, 1, 1, 1) }, longer: [], webSearches: 1 };
const HALVES: Price = { ...ODD, base: { rates: rates(500_000, 499_999, 1_500_000, 250_000, 999_999) } };
const DEAR: Price = { ...ODD, base: { rates: rates(10 ** 15, 10 ** 15, 10 ** 15, 10 ** 15, 10 ** 15) } };
const marked = (markup: number, price = PRICE): Price => ({ ...price, markup });

/** What was used, at which price, under which terms, and the exact total in nano-USD, worked out by hand. */
type Golden = [name: string, used: Partial<Counters>, price: Price, terms: string[], total: number];

const CLASSES: Golden[] = [
  ['nothing', {}, PRICE, [], 0],
  ['one token of input', { input: 1 }, PRICE, [], 3_000],
  ['one token read from the cache', { cache_read: 1 }, PRICE, [], 300],
  ['one token written for 5 minutes', { cache_write_5m: 1 }, PRICE, [], 3_750],
  ['one token written for an hour', { cache_write_1h: 1 }, PRICE, [], 6_000],
  ['one token of output', { output: 1 }, PRICE, [], 15_000],
  ['reasoning is inside the output', { output: 10, reasoning: 9 }, PRICE, [], 150_000],
  ['one search', { web_searches: 1 }, PRICE, [], 10_000_000],
  ['a thousand searches', { web_searches: 1_000 }, PRICE, [], 10_000_000_000],
  ['all classes', { input: 7, cache_read: 11, cache_write_5m: 13, cache_write_1h: 17, output: 19 }, PRICE, [], 460_050],
  ['both lifetimes', { cache_write_5m: 1_000, cache_write_1h: 1_000 }, PRICE, [], 9_750_000],
  ['tokens and searches', { input: 100, web_searches: 3 }, PRICE, [], 30_300_000],
];

const TIERS: Golden[] = [
  ['at the edge of the first tier', { input: 200_000 }, PRICE, [], 600_000_000],
  ['one above it: all tokens', { input: 200_001 }, PRICE, [], 1_200_006_000],
  ['the output goes along', { input: 200_001, output: 1 }, PRICE, [], 1_200_028_500],
  ['cached tokens are prompt', { input: 1, cache_read: 200_000 }, PRICE, [], 120_006_000],
  ['written ones too', { cache_write_5m: 100_000, cache_write_1h: 100_001 }, PRICE, [], 1_950_012_000],
  ['output alone reaches no tier', { output: 900_000 }, PRICE, [], 13_500_000_000],
  ['at the edge of the second', { input: 500_000 }, PRICE, [], 3_000_000_000],
  ['above the second', { input: 500_001 }, PRICE, [], 4_500_009_000],
  ['a search is no longer for a long prompt', { input: 200_001, web_searches: 1 }, PRICE, [], 1_210_006_000],
  ['batch in a tier', { input: 200_001 }, PRICE, ['batch'], 600_003_000],
];

/** Of tools beside searches, by the thousand. */
const WITH_TOOLS: Price = { ...PRICE, tools: { file_searches: 2_500_000_000, code_containers: 30_000_000_000 } };

const TOOLS: Golden[] = [
  ['pages that are fetched cost their tokens alone', { input: 1, web_fetches: 7 }, PRICE, [], 3_000],
  [
    'unless somebody charges for them',
    { web_fetches: 1 },
    { ...PRICE, tools: { web_fetches: 1_000_000_000 } },
    [],
    1_000_000,
  ],
  ['searches in files', { file_searches: 3 }, WITH_TOOLS, [], 7_500_000],
  ['containers that run code', { code_containers: 2 }, WITH_TOOLS, [], 60_000_000],
  ['tools cost the same in a batch', { code_containers: 1 }, WITH_TOOLS, ['batch'], 30_000_000],
  [
    'all of them, marked up',
    { web_searches: 1, file_searches: 1, code_containers: 1 },
    { ...WITH_TOOLS, markup: 12_000 },
    [],
    51_000_000,
  ],
];

const TERMS: Golden[] = [
  ['batch', { input: 1_000, output: 1_000 }, PRICE, ['batch'], 9_000_000],
  ['flex', { input: 1_000 }, PRICE, ['flex'], 1_500_000],
  ['priority', { input: 1_000 }, PRICE, ['priority'], 5_250_000],
  ['a region', { output: 1_000 }, PRICE, ['us'], 16_500_000],
  ['fast', { output: 10 }, PRICE, ['fast'], 900_000],
  ['fast in a region', { output: 10 }, PRICE, ['fast', 'us'], 990_000],
  ['batch in a region', { input: 1_000 }, PRICE, ['batch', 'us'], 1_650_000],
  ['searches cost the same in a batch', { web_searches: 2 }, PRICE, ['batch'], 20_000_000],
  [
    'batch of every class',
    { input: 2, cache_read: 2, cache_write_5m: 2, cache_write_1h: 2, output: 2 },
    PRICE,
    ['batch'],
    28_050,
  ],
  ['an unknown term counts as 1', { input: 1 }, PRICE, ['scale'], 3_000],
  ['a term named like a method counts as 1', { input: 1 }, PRICE, ['constructor'], 3_000],
  ['batch of one token of cache', { cache_read: 1 }, PRICE, ['batch'], 150],
];

const ROUNDING: Golden[] = [
  ['half a nano-USD goes up', { input: 1 }, HALVES, [], 1],
  ['less than half goes down', { cache_read: 1 }, HALVES, [], 0],
  ['one and a half', { cache_write_5m: 1 }, HALVES, [], 2],
  ['a quarter', { cache_write_1h: 1 }, HALVES, [], 0],
  ['two quarters', { cache_write_1h: 2 }, HALVES, [], 1],
  ['nearly one', { output: 1 }, HALVES, [], 1],
  ['each line is rounded by itself', { input: 1, cache_write_1h: 2 }, HALVES, [], 2],
  ['rounded once, after the factor', { input: 1 }, HALVES, ['batch'], 0],
  ['half after the factor', { input: 2 }, HALVES, ['batch'], 1],
  ['a third of three', { input: 3 }, HALVES, ['third'], 0],
  ['a third of four', { input: 4 }, HALVES, ['third'], 1],
  ['too little to tell', { input: 499_999 }, ODD, [], 0],
  ['just enough', { input: 500_000 }, ODD, [], 1],
  ['499 searches at 1 the thousand', { web_searches: 499 }, ODD, [], 0],
  ['500 searches', { web_searches: 500 }, ODD, [], 1],
];

const MARKUPS: Golden[] = [
  ['a fifth', { input: 1 }, marked(12_000), [], 3_600],
  ['a discount', { input: 1 }, marked(9_000), [], 2_700],
  ['nothing is charged', { input: 1_000, output: 9 }, marked(0), [], 0],
  ['of searches too', { web_searches: 1 }, marked(12_000), [], 12_000_000],
  ['of a batch', { input: 1 }, marked(12_000), ['batch'], 1_800],
  ['of a tier', { input: 200_001 }, marked(12_000), [], 1_440_007_200],
  ['finest', { input: 10_000 }, marked(10_001), [], 30_003_000],
  ['rounded once', { cache_write_1h: 1 }, marked(20_000, HALVES), [], 1],
  ['of the project on top', { input: 1 }, { ...marked(12_000), projectMarkup: 15_000 }, [], 5_400],
];

const LARGE: Golden[] = [
  ['beyond 2^53 before the division', { input: 10 ** 9 }, PRICE, [], 9_000_000_000_000],
  ['odd counts beyond 2^53', { output: 999_999_937 }, { ...PRICE, longer: [] }, [], 14_999_999_055_000],
  ['with factors', { output: 999_999_937 }, { ...PRICE, longer: [] }, ['batch', 'us'], 8_249_999_480_250],
  ['a line that fits no integer stays at the largest', { input: 10 ** 9 }, DEAR, [], Number.MAX_SAFE_INTEGER],
  ['so does their sum', { input: 10 ** 9, output: 10 ** 9 }, DEAR, [], Number.MAX_SAFE_INTEGER],
  ['the largest rate of one token', { input: 1 }, DEAR, [], 10 ** 9],
];

/** Usage as upstreams of each dialect tell it, to the nano-USD. */
type Told = [name: string, usage: Usage, total: number];
const COUNTING = { reasoningOutsideOutput: false };
const chat = (wire: Parameters<typeof readChatUsage>[0]) => readChatUsage(wire, COUNTING).usage;
const responses = (wire: Parameters<typeof readResponsesUsage>[0]) => readResponsesUsage(wire, COUNTING).usage;
const DIALECTS: Told[] = [
  ['Messages: disjoint', toUsage({ input_tokens: 10, cache_read_input_tokens: 100, output_tokens: 2 }), 90_000],
  [
    'Messages: lifetimes',
    toUsage({
      cache_creation_input_tokens: 30,
      cache_creation: { ephemeral_5m_input_tokens: 20, ephemeral_1h_input_tokens: 10 },
    }),
    135_000,
  ],
  ['Messages: no lifetimes', toUsage({ cache_creation_input_tokens: 30 }), 112_500],
  ['Messages: batch', toUsage({ input_tokens: 10, service_tier: 'batch' }), 15_000],
  [
    'Messages: standard tier, global',
    toUsage({ input_tokens: 10, service_tier: 'standard', inference_geo: 'global', speed: 'standard' }),
    30_000,
  ],
  ['Messages: region and speed', toUsage({ input_tokens: 10, inference_geo: 'us', speed: 'fast' }), 198_000],
  [
    'Messages: searches, and fetches that are free',
    toUsage({ output_tokens: 1, server_tool_use: { web_search_requests: 2, web_fetch_requests: 9 } }),
    20_015_000,
  ],
  [
    'Messages: compaction is added',
    toUsage({
      input_tokens: 1,
      output_tokens: 1,
      iterations: [{ type: 'compaction', input_tokens: 2, output_tokens: 3 }],
    }),
    69_000,
  ],
  [
    'Chat: cached is part of the prompt',
    chat({ prompt_tokens: 110, prompt_tokens_details: { cached_tokens: 100 }, completion_tokens: 2 }),
    90_000,
  ],
  [
    'Chat: written is part of the prompt',
    chat({ prompt_tokens: 50, prompt_tokens_details: { cache_write_tokens: 20 } }),
    165_000,
  ],
  [
    'Chat: reasoning is part of the completion',
    chat({ prompt_tokens: 0, completion_tokens: 9, completion_tokens_details: { reasoning_tokens: 8 } }),
    135_000,
  ],
  [
    'Responses: cached and written',
    responses({
      input_tokens: 100,
      input_tokens_details: { cached_tokens: 50, cache_write_tokens: 20 },
      output_tokens: 1,
    }),
    195_000,
  ],
  ['Responses: nothing but a total', responses({ total_tokens: 5 }), 0],
];

describe('golden receipts, exact to the nano-USD', () => {
  test.each([...CLASSES, ...TIERS, ...TOOLS, ...TERMS, ...ROUNDING, ...MARKUPS, ...LARGE])(
    '%s',
    (_name, used, price, terms, total) => {
      const receipt = makeReceipt({ ...zeroCounters(), ...used }, price, terms);
      expect(receipt.totalNanoUsd).toBe(total);
      // Recomputable from what the store keeps.
      const kept = fromPinnedPrice(toPinnedPrice(price));
      expect(makeReceipt({ ...zeroCounters(), ...used }, kept, terms)).toEqual(receipt);
    },
  );

  test.each(DIALECTS)('%s', (_name, usage, total) => {
    expect(makeReceipt(meterUsage(usage).counters, PRICE, usage.terms ?? []).totalNanoUsd).toBe(total);
  });

  test('there are sixty at least', () => {
    const all = [CLASSES, TIERS, TOOLS, TERMS, ROUNDING, MARKUPS, LARGE, DIALECTS];
    expect(all.reduce((sum, table) => sum + table.length, 0)).toBeGreaterThanOrEqual(60);
  });

  test('an unknown term, and searches without a price, are told', () => {
    const used = { ...zeroCounters(), input: 1, web_searches: 1 };
    expect(makeReceipt(used, PRICE, ['batch']).isCovered).toBe(true);
    expect(makeReceipt(used, PRICE, ['scale']).isCovered).toBe(false);
    expect(makeReceipt(used, { ...PRICE, webSearches: null }).isCovered).toBe(false);
  });

  test('U20 whatever was used: whole lines, none negative, that sum to the total', () => {
    const count = fc.nat({ max: 1_000_000_000 });
    const counters = fc.record(Object.fromEntries(COUNTERS.map((counter) => [counter, count])));
    const terms = fc.subarray(['batch', 'priority', 'us', 'third', 'scale']);
    fc.assert(
      fc.property(counters, terms, fc.nat({ max: 10_000_000 }), (used, chosen, markup) => {
        const { lines, totalNanoUsd } = makeReceipt({ ...zeroCounters(), ...used }, marked(markup), chosen);
        expect(lines.every(({ nanoUsd }) => Number.isSafeInteger(nanoUsd) && nanoUsd >= 0)).toBe(true);
        const sum = lines.reduce((total, { nanoUsd }) => total + nanoUsd, 0);
        expect(totalNanoUsd).toBe(Math.min(sum, Number.MAX_SAFE_INTEGER));
      }),
    );
  });
});
