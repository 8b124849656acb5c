import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../core/json.ts';
import { overlayWireUsage, toUsage } from './usage.ts';

/** The counters alone. */
function counters(wire: JsonObject, later?: JsonObject) {
  const { raw: _raw, ...rest } = later ? overlayWireUsage(toUsage(wire), later) : toUsage(wire);
  return rest;
}

describe('toUsage', () => {
  test('maps every field to a counter of its own', () => {
    const wire = {
      input_tokens: 10,
      cache_read_input_tokens: 20,
      cache_creation_input_tokens: 70,
      cache_creation: { ephemeral_5m_input_tokens: 30, ephemeral_1h_input_tokens: 40 },
      output_tokens: 50,
      output_tokens_details: { thinking_tokens: 35 },
      server_tool_use: { web_search_requests: 3, web_fetch_requests: 9 },
    };
    expect(toUsage(wire)).toEqual({
      input: 10,
      cache_read: 20,
      cache_write_5m: 30,
      cache_write_1h: 40,
      output: 50,
      reasoning: 35,
      web_searches: 3,
      web_fetches: 9,
      raw: wire,
    });
  });

  test.each<[string, JsonObject, ReturnType<typeof counters>]>([
    ['nothing', {}, {}],
    ['nulls', { input_tokens: null, cache_creation: null, output_tokens_details: null, server_tool_use: null }, {}],
    ['zero is a report', { input_tokens: 0, cache_read_input_tokens: 0 }, { input: 0, cache_read: 0 }],
    [
      'a cache write without a split lives 5 minutes',
      { cache_creation_input_tokens: 9 },
      { cache_write_5m: 9, cache_write_1h: 0 },
    ],
    ['a split without a total', { cache_creation: { ephemeral_1h_input_tokens: 4 } }, { cache_write_1h: 4 }],
    [
      'a total beyond its split: the rest lives 5 minutes',
      {
        cache_creation_input_tokens: 100,
        cache_creation: { ephemeral_5m_input_tokens: 10, ephemeral_1h_input_tokens: 60 },
      },
      { cache_write_5m: 40, cache_write_1h: 60 },
    ],
    [
      'a total below its split',
      {
        cache_creation_input_tokens: 50,
        cache_creation: { ephemeral_5m_input_tokens: 10, ephemeral_1h_input_tokens: 60 },
      },
      { cache_write_5m: 0, cache_write_1h: 50 },
    ],
    [
      'compaction rounds, which the top level leaves out',
      {
        input_tokens: 1,
        output_tokens: 2,
        iterations: [
          { type: 'compaction', input_tokens: 100, output_tokens: 10, cache_creation_input_tokens: 5 },
          { type: 'message', input_tokens: 1, output_tokens: 2 },
          'odd',
        ],
      },
      { input: 101, output: 12, cache_write_5m: 5, cache_write_1h: 0 },
    ],
  ])('%s', (_name, wire, expected) => {
    expect(counters(wire)).toEqual(expected);
  });

  test.each([-1, 1.5, 1e300, '12', true, [1], Number.MAX_SAFE_INTEGER + 1])('U20 %j is not a count', (value) => {
    expect(counters({ input_tokens: value, output_tokens: value, cache_creation_input_tokens: value })).toEqual({});
  });
});

describe('overlayWireUsage', () => {
  test.each<[string, JsonObject, JsonObject, ReturnType<typeof counters>]>([
    [
      'P56 replaces and never adds',
      { input_tokens: 10, output_tokens: 1 },
      { output_tokens: 20 },
      { input: 10, output: 20 },
    ],
    ['P57 takes input that comes late', {}, { input_tokens: 10, output_tokens: 20 }, { input: 10, output: 20 }],
    [
      'P57 takes caches that come late',
      { input_tokens: 0 },
      { input_tokens: 9, cache_read_input_tokens: 4 },
      { input: 9, cache_read: 4 },
    ],
    ['U20 shrinks when the upstream says so', { output_tokens: 30 }, { output_tokens: 20 }, { output: 20 }],
    [
      'U20 null leaves what was',
      { input_tokens: 10, cache_creation: { ephemeral_1h_input_tokens: 2 } },
      { input_tokens: null, cache_creation: null },
      { input: 10, cache_write_1h: 2 },
    ],
    ['U20 garbage leaves what was', { input_tokens: 10 }, { input_tokens: -3, output_tokens: 2.5 }, { input: 10 }],
    [
      'a later total corrects the 5-minute part of an earlier split',
      {
        cache_creation_input_tokens: 10,
        cache_creation: { ephemeral_5m_input_tokens: 4, ephemeral_1h_input_tokens: 6 },
      },
      { cache_creation_input_tokens: 12 },
      { cache_write_5m: 6, cache_write_1h: 6 },
    ],
    [
      'compaction rounds repeated are not added twice',
      { input_tokens: 1, iterations: [{ type: 'compaction', input_tokens: 100 }] },
      { input_tokens: 1, iterations: [{ type: 'compaction', input_tokens: 100 }] },
      { input: 101 },
    ],
  ])('%s', (_name, earlier, later, expected) => {
    expect(counters(earlier, later)).toEqual(expected);
  });

  test('keeps the fields it does not know, as they came last', () => {
    const usage = overlayWireUsage(toUsage({ service_tier: 'standard', speed: 'fast' }), { speed: 'standard' });
    expect(usage.raw).toEqual({ service_tier: 'standard', speed: 'standard' });
  });

  test('U20 whatever comes, counters are whole numbers, not negative, and written cache tokens add up to their total', () => {
    const anything = fc.oneof(fc.nat(), fc.constantFrom(null, -1, 0.5, 'x', 1e300), fc.jsonValue({ maxDepth: 1 }));
    const wire = fc
      .record(
        {
          input_tokens: anything,
          cache_creation_input_tokens: anything,
          cache_creation: fc.oneof(
            anything,
            fc.record({ ephemeral_5m_input_tokens: anything, ephemeral_1h_input_tokens: anything }),
          ),
          output_tokens: anything,
          output_tokens_details: anything,
          iterations: fc.oneof(anything, fc.array(anything)),
        },
        { requiredKeys: [] },
      )
      .map((made): JsonObject => JSON.parse(JSON.stringify(made)));
    fc.assert(
      fc.property(fc.array(wire, { maxLength: 4 }), (wires) => {
        const usage = wires.reduce(overlayWireUsage, {});
        const { raw: _raw, terms: _terms, ...counted } = usage;
        for (const value of Object.values(counted)) {
          expect(Number.isSafeInteger(value) && value >= 0).toBe(true);
        }
        const total = usage.raw?.['cache_creation_input_tokens'];
        if (typeof total === 'number' && Number.isSafeInteger(total) && total >= 0) {
          expect((usage.cache_write_5m ?? 0) + (usage.cache_write_1h ?? 0)).toBe(total);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
