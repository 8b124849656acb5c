import { expect, test } from 'vitest';
import type { DialectId } from '../core/dialect.ts';
import { isJsonObject } from '../core/json.ts';
import { DIALECTS } from '../dialects/index.ts';
import type { UsageBounds } from '../metering/reservation.ts';
import { boundsOf } from './request-bounds.ts';

const WINDOW = 200_000;
const FACTS = { maxInputTokens: WINDOW, maxOutputTokens: 32_000 };

/** The bounds of a request as it is written. */
function bounds(text: string, id: DialectId = 'anthropic-messages', spoken = id): UsageBounds {
  const parsed: unknown = JSON.parse(text);
  if (!isJsonObject(parsed)) throw new Error('no object');
  return boundsOf({ body: Buffer.from(text), parsed, dialect: DIALECTS[id] })({ facts: FACTS, dialect: spoken });
}

test.each<[string, DialectId, string, number]>([
  ['its own limit', 'anthropic-messages', '{"max_tokens":10}', 10],
  ['what only other APIs call the limit is none', 'anthropic-messages', '{"max_tokens":10,"max_output_tokens":1}', 10],
  ['a warming of the cache answers nothing', 'anthropic-messages', '{"max_tokens":0}', 0],
  ['the larger of two names', 'openai-chat', '{"max_tokens":1,"max_completion_tokens":900}', 900],
  ['the larger of two names', 'openai-chat', '{"max_tokens":900,"max_completion_tokens":1}', 900],
  ['each choice', 'openai-chat', '{"max_tokens":9,"n":3}', 27],
  ['a limit of 0 is none', 'openai-chat', '{"max_tokens":0}', 32_000],
  ['no limit', 'openai-chat', '{"max_tokens":null}', 32_000],
  ['another name bounds nothing', 'openai-responses', '{"max_tokens":-1000000,"max_output_tokens":900}', 900],
  ['what is asked for at the least', 'openai-responses', '{"max_output_tokens":1}', 16],
])('output: %s (%s)', (_, dialect, text, expected) => {
  expect(bounds(text, dialect).output).toBe(expected);
});

test('output that an API raises is bounded by what it is raised to', () => {
  expect(bounds('{"max_tokens":1}', 'anthropic-messages', 'openai-responses').output).toBe(16);
});

test.each([
  ['a document', '{"type":"document"}', WINDOW],
  ['one in escapes', '{"type":"\\u0064ocument"}', WINDOW],
  ['a stored prompt, with a space', '{"prompt" : {"id":"pmpt_1"}}', WINDOW],
  ['a stored conversation', '{"previous_response_id":"resp_1"}', WINDOW],
  ['text in escapes', '{"text":"\\u00e9\\u4e2d\\u001b"}', 1_029],
])('input: %s', (_, text, expected) => {
  const { input } = bounds(text, 'openai-responses');
  expect(input).toBe(expected);
});

test('tools, cache writes and terms are found in escapes, too', () => {
  const text = '{"tools":[{"type":"web\\u005fsearch"}],"cache\\u005fcontrol":{},"service\\u005ftier":"priority"}';
  expect(bounds(text)).toMatchObject({ tools: { web_searches: 20 }, writesCache: true, hasTerms: true });
});
