import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DialectId } from '../../src/core/dialect.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { TOKEN_CLASSES, type Usage } from '../../src/core/usage.ts';
import { clientReading, fullAnswering, readStreamBack } from '../support/pair-reading.ts';
import { convertStream, PAIRS, pairTap } from '../support/pair-stream.ts';

const count = fc.nat(1_000_000);

/** What an upstream bills, and says in its own words. */
const billed = fc.record({ input: count, read: count, short: count, long: count, output: count, reasoning: count });

type Billed = typeof billed extends fc.Arbitrary<infer Counts> ? Counts : never;

const request = { model: 'public-model', messages: [] };

/** An answer of each dialect, with its usage as `translation.md` §9 spells it. */
const ANSWERS: Readonly<Record<DialectId, (counts: Billed) => JsonObject>> = {
  'anthropic-messages': ({ input, read, short, long, output, reasoning }) => ({
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'm',
    content: [{ type: 'text', text: 'Hi.' }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: {
      input_tokens: input,
      cache_read_input_tokens: read,
      cache_creation_input_tokens: short + long,
      cache_creation: { ephemeral_5m_input_tokens: short, ephemeral_1h_input_tokens: long },
      output_tokens: output + reasoning,
      output_tokens_details: { thinking_tokens: reasoning },
    },
  }),
  'openai-chat': ({ input, read, short, long, output, reasoning }) => ({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [{ index: 0, message: { role: 'assistant', content: 'Hi.' }, finish_reason: 'stop' }],
    usage: {
      prompt_tokens: input + read + short + long,
      prompt_tokens_details: { cached_tokens: read, ...written(short, long) },
      completion_tokens: output + reasoning,
      completion_tokens_details: { reasoning_tokens: reasoning },
    },
  }),
  'openai-responses': ({ input, read, short, long, output, reasoning }) => ({
    id: 'resp_1',
    object: 'response',
    created_at: 1,
    model: 'm',
    status: 'completed',
    output: [
      {
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        status: 'completed',
        content: [{ type: 'output_text', text: 'Hi.', annotations: [] }],
      },
    ],
    usage: {
      input_tokens: input + read + short + long,
      input_tokens_details: { cached_tokens: read, ...written(short, long) },
      output_tokens: output + reasoning,
      output_tokens_details: { reasoning_tokens: reasoning },
    },
  }),
};

function written(short: number, long: number): JsonObject {
  return { cache_write_tokens: short + long, cache_write_tokens_details: { ttl_12h_tokens: long } };
}

const total = (usage: Usage) => TOKEN_CLASSES.reduce((sum, name) => sum + (usage[name] ?? 0), 0);

describe.each(PAIRS)('P9 P24 P54 P56 P70 usage, $title', (pair) => {
  const { upstream, client } = pair;

  test.each(['whole', 'streamed'])('%s: what is billed is what the client is told, class by class', (way) => {
    fc.assert(
      fc.property(billed, (counts) => {
        const body = Buffer.from(JSON.stringify(ANSWERS[upstream.id](counts)));
        const { bill, told } = way === 'whole' ? whole(body) : streamed(body);
        const { input, read, short, long, output, reasoning } = counts;
        expect(bill).toMatchObject({
          input,
          cache_read: read,
          cache_write_5m: short,
          cache_write_1h: long,
          output: output + reasoning,
          reasoning,
        });
        expect(total(told)).toBe(total(bill));
        expect(told).toMatchObject({ input, cache_read: read, output: output + reasoning, reasoning });
      }),
      { numRuns: 300 },
    );
  });

  function whole(body: Uint8Array): { bill: Usage; told: Usage } {
    const { message, usage: bill } = upstream.client.parseResponse(body, clientReading('acme'));
    const given = client.server.formatResponse(message, fullAnswering(request));
    return { bill, told: client.client.parseResponse(given, clientReading()).usage };
  }

  function streamed(body: Uint8Array): { bill: Usage; told: Usage } {
    const tap = pairTap(pair);
    const given = convertStream(tap, upstream.relay.splitWhole(body));
    return { bill: tap.usage, told: readStreamBack(given, client).usage };
  }
});
