import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type JsonObject, numberAt, objectAt } from '../../core/json.ts';
import { TOKEN_CLASSES, type Usage } from '../../core/usage.ts';
import { readChatUsage, readResponsesUsage, toChatUsage, toResponsesUsage } from './openai-usage.ts';

const INSIDE = { reasoningOutsideOutput: false };
const OUTSIDE = { reasoningOutsideOutput: true };

const billed = (usage: Usage) => TOKEN_CLASSES.reduce((sum, name) => sum + (usage[name] ?? 0), 0);

describe('canonical usage in OpenAI terms', () => {
  const canonical = {
    input_tokens: 10,
    cache_read_input_tokens: 100,
    cache_creation_input_tokens: 40,
    cache_creation: { ephemeral_5m_input_tokens: 30, ephemeral_1h_input_tokens: 10 },
    output_tokens: 7,
    output_tokens_details: { thinking_tokens: 3 },
  };

  test('P70 P24 the prompt holds what was read and written, and the total is prompt plus completion', () => {
    expect(toChatUsage(canonical)).toEqual({
      prompt_tokens: 150,
      prompt_tokens_details: { cached_tokens: 100, cache_write_tokens: 40 },
      completion_tokens: 7,
      completion_tokens_details: { reasoning_tokens: 3 },
      total_tokens: 157,
    });
  });

  test('P70 the same figures under the names of Responses', () => {
    expect(toResponsesUsage(canonical)).toEqual({
      input_tokens: 150,
      input_tokens_details: { cached_tokens: 100, cache_write_tokens: 40 },
      output_tokens: 7,
      output_tokens_details: { reasoning_tokens: 3 },
      total_tokens: 157,
    });
  });

  test('P27 what nobody reported is told as 0, never left out', () => {
    expect(toChatUsage({ cache_read_input_tokens: null })).toEqual({
      prompt_tokens: 0,
      prompt_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
      completion_tokens: 0,
      completion_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 0,
    });
  });

  test('P24 cache writes told only by their lifetimes count too', () => {
    const usage = toResponsesUsage({ input_tokens: 1, cache_creation: { ephemeral_1h_input_tokens: 4 } });
    expect(usage).toMatchObject({ input_tokens: 5, input_tokens_details: { cache_write_tokens: 4 } });
  });
});

describe('an upstream usage object', () => {
  test.each<{ name: string; wire: JsonObject; usage: Usage }>([
    {
      name: 'P9 P24 cached tokens are part of the prompt',
      wire: { prompt_tokens: 100, prompt_tokens_details: { cached_tokens: 60 }, completion_tokens: 5 },
      usage: { input: 40, cache_read: 60, output: 5 },
    },
    {
      name: 'P24 so are those written to the cache',
      wire: { prompt_tokens: 100, prompt_tokens_details: { cached_tokens: 60, cache_write_tokens: 30 } },
      usage: { input: 10, cache_read: 60, cache_write_5m: 30, cache_write_1h: 0 },
    },
    {
      name: 'P9 DeepSeek: prompt_cache_hit_tokens',
      wire: { prompt_tokens: 9, prompt_cache_hit_tokens: 4, prompt_cache_miss_tokens: 5, completion_tokens: 1 },
      usage: { input: 5, cache_read: 4, output: 1 },
    },
    {
      name: 'P9 Kimi: cached_tokens at the top level',
      wire: { prompt_tokens: 9, cached_tokens: 4, completion_tokens: 1 },
      usage: { input: 5, cache_read: 4, output: 1 },
    },
    {
      name: 'P9 the details go before the vendor field',
      wire: { prompt_tokens: 9, prompt_cache_hit_tokens: 8, prompt_tokens_details: { cached_tokens: 2 } },
      usage: { input: 7, cache_read: 2 },
    },
    {
      name: 'reasoning is inside the output',
      wire: { completion_tokens: 10, completion_tokens_details: { reasoning_tokens: 8 } },
      usage: { output: 10, reasoning: 8 },
    },
    {
      name: 'P70 more cached than there was prompt: never a negative count, never more than the prompt',
      wire: { prompt_tokens: 5, prompt_tokens_details: { cached_tokens: 9, cache_write_tokens: 2 } },
      usage: { input: 0, cache_read: 5, cache_write_5m: 0, cache_write_1h: 0 },
    },
    {
      name: 'P70 more reasoning than there was output: it is a part of the output',
      wire: { completion_tokens: 5, completion_tokens_details: { reasoning_tokens: 8 } },
      usage: { output: 5, reasoning: 5 },
    },
    {
      name: 'counts that cannot be billed are not reported',
      wire: { prompt_tokens: -1, completion_tokens: 1.5, cached_tokens: '3', prompt_tokens_details: null },
      usage: {},
    },
  ])('$name', ({ wire, usage }) => {
    expect(readChatUsage(wire, INSIDE).usage).toEqual({ ...usage, raw: wire });
  });

  test('reasoning that an upstream leaves out of its output is added', () => {
    const wire = { completion_tokens: 10, completion_tokens_details: { reasoning_tokens: 8 } };
    expect(readChatUsage(wire, OUTSIDE)).toEqual({
      usage: { output: 18, reasoning: 8, raw: wire },
      canonical: { output_tokens: 18, output_tokens_details: { thinking_tokens: 8 } },
    });
  });

  test('P9 Responses: details, and lifetimes of cache writes', () => {
    const wire = {
      input_tokens: 100,
      input_tokens_details: {
        cached_tokens: 50,
        cache_write_tokens: 20,
        cache_write_tokens_details: { ttl_30m_tokens: 15, ttl_12h_tokens: 5 },
      },
      output_tokens: 9,
      output_tokens_details: { reasoning_tokens: 4 },
      total_tokens: 109,
    };
    expect(readResponsesUsage(wire, INSIDE)).toEqual({
      usage: { input: 30, cache_read: 50, cache_write_5m: 15, cache_write_1h: 5, output: 9, reasoning: 4, raw: wire },
      canonical: {
        input_tokens: 30,
        cache_read_input_tokens: 50,
        cache_creation_input_tokens: 20,
        cache_creation: { ephemeral_5m_input_tokens: 15, ephemeral_1h_input_tokens: 5 },
        output_tokens: 9,
        output_tokens_details: { thinking_tokens: 4 },
      },
    });
  });

  test('a counter that was not reported stays absent, for the estimate to stand in', () => {
    expect(readChatUsage({}, INSIDE)).toEqual({ usage: { raw: {} }, canonical: {} });
  });
});

describe('both ways', () => {
  const tokens = fc.nat({ max: 1_000_000 });
  const formats = [
    { name: 'Chat', read: readChatUsage, write: toChatUsage, input: 'prompt_tokens', output: 'completion_tokens' },
    {
      name: 'Responses',
      read: readResponsesUsage,
      write: toResponsesUsage,
      input: 'input_tokens',
      output: 'output_tokens',
    },
  ];

  test.each(formats)('P9 P24 P70 $name: what is billed sums to what the upstream and the client see', (format) => {
    const { read, write, input, output } = format;
    const wires = fc.record({ input: tokens, cached: tokens, written: tokens, output: tokens, reasoning: tokens });
    fc.assert(
      fc.property(wires, fc.boolean(), (figures, reasoningOutsideOutput) => {
        const wire = {
          [input]: figures.input,
          [`${input}_details`]: { cached_tokens: figures.cached, cache_write_tokens: figures.written },
          [output]: figures.output,
          [`${output}_details`]: { reasoning_tokens: figures.reasoning },
        };
        const outside = reasoningOutsideOutput ? figures.reasoning : 0;
        const { usage, canonical } = read(wire, { reasoningOutsideOutput });
        expect(billed(usage)).toBe(figures.input + figures.output + outside);
        for (const shown of [toChatUsage(canonical), toResponsesUsage(canonical)]) {
          expect(numberAt(shown, 'total_tokens')).toBe(billed(usage));
        }
        expect(numberAt(write(canonical), input)).toBe(figures.input);
      }),
    );
  });

  test.each(formats)('P24 $name: counters that were disjoint come back as they were', ({ read, write, input }) => {
    const usages = fc.record({
      input_tokens: tokens,
      cache_read_input_tokens: tokens,
      cache_creation_input_tokens: tokens,
      output_tokens: tokens,
    });
    fc.assert(
      fc.property(usages, (canonical) => {
        const wire = write(canonical);
        const cached = numberAt(objectAt(wire, `${input}_details`) ?? {}, 'cached_tokens') ?? -1;
        expect(cached).toBeLessThanOrEqual(numberAt(wire, input) ?? -1);
        expect(read(wire, INSIDE).canonical).toMatchObject(canonical);
      }),
    );
  });
});
