import { describe, expect, test } from 'vitest';
import { decodeChunks, gistOf, gistOfMessage, testReading } from '../../../test/support/answer-reading.ts';
import { responsesStreamFixtures } from '../../../test/support/fixtures.ts';
import { isJsonObject, type Json, type JsonObject, objectAt } from '../../core/json.ts';
import { parseResponse } from './parse-response.ts';
import { createStreamDecoder } from './stream-decoder.ts';

/** The response object that the last event of a stream bears. */
function lastResponse(bytes: Buffer): JsonObject | undefined {
  const line = bytes.toString().trimEnd().split(/\r?\n/).at(-1) ?? '';
  const event: unknown = JSON.parse(line.replace(/^data: /, ''));
  return isJsonObject(event) ? objectAt(event, 'response') : undefined;
}

const WHOLE = responsesStreamFixtures().flatMap(({ name, bytes }) => {
  const response = lastResponse(bytes);
  return response ? [{ name, bytes, response }] : [];
});

const ANSWERS = WHOLE.filter(({ response }) => ['completed', 'incomplete'].includes(String(response['status'])));

const parse = (body: Json) => parseResponse(Buffer.from(JSON.stringify(body)), testReading());

describe('whole answers', () => {
  test.each(ANSWERS.filter(({ name }) => name !== 'incomplete-in-tool-call'))(
    'P27 $name reads as its stream does',
    ({ bytes, response }) => {
      const streamed = gistOf(decodeChunks([bytes], createStreamDecoder(testReading())));
      expect(gistOfMessage(parse(response).message)).toEqual(streamed);
    },
  );

  test('P20 P33 arguments cut by the limit are wrapped', () => {
    const cut = WHOLE.find(({ name }) => name === 'incomplete-in-tool-call')?.response ?? {};
    expect(parse(cut).message).toMatchObject({
      content: [{ type: 'tool_use', input: { _raw: '{"path":"a.txt","text":"Once' } }],
      stop_reason: 'max_tokens',
    });
    expect(() => parse({ ...cut, status: 'completed' })).toThrow(expect.objectContaining({ kind: 'bad_upstream' }));
  });

  test('P115 arguments are kept as they were written', () => {
    const whole = WHOLE.find(({ name }) => name === 'tool-call')?.response ?? {};
    expect(parse(whole).message.content[0]).toMatchObject({
      input: { city: 'Paris', days: 1 },
      extra: { input_text: '{"city":"Paris","days":1.0}' },
    });
  });

  test('an answer without a status is complete', () => {
    const content = [{ type: 'output_text', text: 'Hi' }];
    const { message } = parse({ id: 'resp_1', output: [{ type: 'message', role: 'assistant', content }] });
    expect(gistOfMessage(message)).toMatchObject({ blocks: ['text: Hi'], stop: 'end_turn' });
  });

  test.each([
    [
      'a failed response',
      { status: 'failed', output: [], error: { code: 'rate_limit_exceeded', message: 'x' } },
      'rate_limited',
    ],
    ['a cancelled response', { status: 'cancelled', output: [] }, 'upstream_error'],
    ['a response in the background', { status: 'queued', output: [] }, 'bad_upstream'],
    ['U9 an error', { error: { code: 'server_is_overloaded', message: 'x' } }, 'overloaded'],
    ['something else', { id: 'x' }, 'bad_upstream'],
    ['a completed response without output', { status: 'completed' }, 'bad_upstream'],
  ])('%s under a 200 is an error', (_name, body, kind) => {
    expect(() => parse(body)).toThrow(expect.objectContaining({ kind }));
  });

  test.each(['', '<html>', '[1]', '"x"'])('U13 U17 %j is no answer', (text) => {
    expect(() => parseResponse(Buffer.from(text), testReading())).toThrow(
      expect.objectContaining({ kind: 'bad_upstream' }),
    );
  });
});
