import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { testTools } from '../../test/support/codec-tools.ts';
import { GatewayError } from '../core/error.ts';
import type { JsonObject } from '../core/json.ts';
import { isJsonObject } from '../core/json.ts';
import { OPENAI_QUIRKS } from '../core/quirks.ts';
import { OPENAI_CHAT } from './openai-chat/index.ts';
import { OPENAI_RESPONSES } from './openai-responses/index.ts';

const NAMES = { requestId: 'req_ours', publicModel: 'ours', body: {}, quirks: OPENAI_QUIRKS, onState: () => {} };
const TARGET = { provider: 'here', quirks: OPENAI_QUIRKS, envelope: testTools().envelope, mayHoldSealed: true };

/** Keys that the codecs look at, so that chance comes near them. */
const KEY = fc.constantFrom(
  ...[
    'error',
    'type',
    'code',
    'message',
    'choices',
    'delta',
    'index',
    'tool_calls',
    'function',
    'finish_reason',
    'usage',
  ],
  ...[
    'response',
    'output',
    'item',
    'content',
    'status',
    'id',
    'reasoning_details',
    'summary',
    'text',
    'metadata',
    'detail',
  ],
  ...['messages', 'input', 'encrypted_content', 'stream', 'stream_options', 'data', 'prompt_tokens', 'output_tokens'],
);
const WORD = fc.constantFrom(
  ...['response.completed', 'response.created', 'response.failed', 'response.output_item.added', 'error', 'stop'],
  ...['message', 'reasoning', 'ezm1.x', 'insufficient_quota', '', '"usage":{', '\ud800'],
);
const { value: VALUE } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    WORD,
    fc.constantFrom<null | boolean | number>(null, true, -1, 1.5, 429, Number.MAX_SAFE_INTEGER),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(KEY, tie('value'), { maxKeys: 4 }),
  ),
}));
const OBJECT = fc.dictionary(KEY, VALUE, { maxKeys: 5 });

/** Anything thrown must be an error of ours. */
function orGatewayError(run: () => unknown): void {
  try {
    run();
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(GatewayError);
  }
}

describe.each([OPENAI_CHAT, OPENAI_RESPONSES])(
  '$id takes whatever an upstream or a client sends',
  ({ relay, client }) => {
    test('U6 U7 U20 U22 a stream of anything neither crashes a tap nor counts what is no number', () => {
      const frame = fc.tuple(fc.constantFrom('', 'event: error\n', 'event: response.completed\n'), VALUE, fc.boolean());
      fc.assert(
        fc.property(fc.array(frame, { maxLength: 6 }), (frames) => {
          const tap = relay.tap(NAMES);
          for (const [name, value, isCut] of frames) {
            const data = JSON.stringify(value);
            tap.take(Buffer.from(`${name}data: ${isCut ? data.slice(0, -1) : data}\n\n`));
          }
          tap.end();
          const { raw: _raw, terms: _terms, ...counters } = tap.usage;
          for (const counter of [...Object.values(counters), tap.estimatedOutput()]) {
            expect(Number.isSafeInteger(counter) && counter >= 0).toBe(true);
          }
          expect(tap.fail(new GatewayError('timeout', 'late'), 'req_ours').length).toBeGreaterThan(0);
        }),
      );
    });

    test('U13 U17 a body of anything is an answer or an error of ours', () => {
      fc.assert(
        fc.property(
          VALUE,
          fc.array(VALUE, { maxLength: 4 }),
          fc.integer({ min: 200, max: 599 }),
          (value, data, status) => {
            const body = Buffer.from(JSON.stringify(value));
            orGatewayError(() => relay.takeResponse(body, NAMES));
            orGatewayError(() => relay.splitWhole(body));
            orGatewayError(() => relay.joinStream(data.map((each) => ({ event: '', data: JSON.stringify(each) }))));
            expect(client.parseError(status, {}, body, 0).message).not.toBe('');
          },
        ),
      );
    });

    test('P7 a body of anything gets edits that leave JSON behind, without a sealed state where they look', () => {
      fc.assert(
        fc.property(OBJECT, (value) => {
          const body: JsonObject = JSON.parse(JSON.stringify(value));
          const edited = relay.splice(Buffer.from(JSON.stringify(body)), relay.edits(body, TARGET));
          expect(isJsonObject(JSON.parse(Buffer.from(edited).toString()))).toBe(true);
        }),
      );
    });
  },
);
