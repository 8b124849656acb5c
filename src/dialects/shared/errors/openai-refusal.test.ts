import { describe, expect, test } from 'vitest';
import type { ErrorKind } from '../../../core/error.ts';
import { type Json, type JsonObject, objectAt } from '../../../core/json.ts';
import { openAiStreamError, parseOpenAiError } from './openai-refusal.ts';

const SECRET = 'sk-secret-of-the-upstream';
const NOW = Date.UTC(2026, 0, 1);

const bytes = (body: Json | string) => Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
const refused = (status: number, body: Json | string, headers: Record<string, string> = {}) =>
  parseOpenAiError({ dialect: 'openai-chat', status, headers, body: bytes(body), now: NOW });
const said = (message: string, more: JsonObject = {}) => ({
  error: { message, type: 'x', param: null, code: null, ...more },
});

describe('the kind of a refusal', () => {
  test.each<[number, JsonObject, ErrorKind, number]>([
    [400, said('bad'), 'invalid_request', 400],
    [422, said('bad'), 'invalid_request', 400],
    [402, said('pay'), 'billing', 402],
    [429, said('pay', { code: 'insufficient_quota' }), 'billing', 402],
    [429, said('pay', { type: 'exceeded_current_quota_error' }), 'billing', 402],
    [404, said('no model', { code: 'model_not_found' }), 'not_found', 404],
    [408, said('late'), 'timeout', 504],
    [413, said('large'), 'too_large', 413],
    [429, said('slow down', { code: 'rate_limit_exceeded' }), 'rate_limited', 429],
    [500, said('oops'), 'upstream_error', 502],
    [503, said('busy'), 'overloaded', 529],
    [504, said('late'), 'timeout', 504],
    [529, said('busy'), 'overloaded', 529],
  ])("P41 %i %j is %s, in the upstream's own words", (status, body, kind, ours) => {
    const error = refused(status, body, { 'x-request-id': 'theirs' });
    expect(error).toMatchObject({
      kind,
      status: ours,
      message: objectAt(body, 'error')?.['message'],
      upstream: { status, requestId: 'theirs', dialect: 'openai-chat', body: bytes(body) },
    });
  });

  test.each([401, 403])('U14 P113 %i becomes 502 and says nothing of what the upstream said', (status) => {
    const error = refused(status, said(`Incorrect API key provided: ${SECRET}`));
    expect(error).toMatchObject({ kind: 'upstream_auth', status: 502 });
    expect(error.message).not.toContain(SECRET);
    expect(error.upstream?.body).toBeUndefined();
  });

  test('the field and the code that the upstream blames', () => {
    const error = refused(400, said('no', { param: 'messages[0].content', code: 'invalid_value' }));
    expect(error).toMatchObject({ field: 'messages[0].content', code: 'invalid_value' });
  });
});

describe("a body that is not in OpenAI's shape", () => {
  test.each<[string, Json, string]>([
    ['a list', [{ error: { code: 429, message: 'Quota exceeded', status: 'RESOURCE_EXHAUSTED' } }], 'Quota exceeded'],
    ['a bare text', 'as said', 'as said'],
    ['an error that is a text', { code: 'x', error: 'as said' }, 'as said'],
    ['an error without a level', { object: 'error', message: 'as said', type: 'Bad', code: 400 }, 'as said'],
    ['a detail', { detail: 'as said' }, 'as said'],
    ['a list of details', { detail: [{ loc: ['body'], msg: 'missing' }] }, '[{"loc":["body"],"msg":"missing"}]'],
    ['an error without a message', { error: { code: 'x' } }, 'The upstream reported an error'],
  ])('U13 %s gives its message and is not shown as it is', (_name, body, message) => {
    const error = refused(400, bytes(JSON.stringify(body)).toString());
    expect(error.message).toBe(message);
    expect(error.upstream?.body).toBeUndefined();
  });

  test.each([
    ['HTML', `<html>${SECRET}</html>`],
    ['nothing', ''],
    ['plain text', SECRET],
    ['half a JSON', `{"error":{"message":"${SECRET}`],
    ['null', 'null'],
  ])('U13 %s is not passed on', (_name, body) => {
    for (const status of [400, 429, 500, 503]) {
      const error = refused(status, body);
      expect(error.message).not.toContain(SECRET);
      expect(error.message).toContain(`HTTP ${status}`);
      expect(error.upstream?.body).toBeUndefined();
    }
  });
});

describe('a prompt that is too long', () => {
  test.each<[string, JsonObject, string]>([
    [
      'OpenAI Chat and vLLM',
      said(
        "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens (1000 in the messages, 4000 in the completion).",
        { code: 'context_length_exceeded' },
      ),
      'prompt is too long: 5000 tokens > 4096 maximum (This model',
    ],
    [
      'OpenAI Responses',
      said('Your input exceeds the context window of this model.', { code: 'context_length_exceeded' }),
      'prompt is too long: Your input exceeds',
    ],
    [
      'llama.cpp',
      said('request (9000 tokens) exceeds the available context size (8192 tokens), try increasing it', {
        code: 400,
        type: 'exceed_context_size_error',
      }),
      'prompt is too long: 9000 tokens > 8192 maximum (request',
    ],
    [
      'Gemini',
      said('The input token count (1100000) exceeds the maximum number of tokens allowed (1048576).'),
      'prompt is too long: 1100000 tokens > 1048576 maximum (The input',
    ],
    [
      'a router',
      said('Provider returned error', { metadata: { raw: "This endpoint's maximum context length is 1 tokens" } }),
      'prompt is too long: Provider returned error',
    ],
    ['Anthropic', said('prompt is too long: 3 tokens > 2 maximum'), 'prompt is too long: 3 tokens > 2 maximum'],
  ])('P41 of %s reads as every client knows it', (_name, body, message) => {
    const error = refused(400, body);
    expect(error).toMatchObject({ kind: 'invalid_request', code: 'context_length_exceeded' });
    expect(error.message.startsWith(message)).toBe(true);
  });

  test('an output limit that is too high is something else', () => {
    const error = refused(
      400,
      said('max_tokens is too large: 900000. This model supports at most 16384 completion tokens.'),
    );
    expect(error.code).toBeUndefined();
  });
});

describe('how long to wait', () => {
  test.each<[string, Record<string, string>, JsonObject, number | undefined]>([
    ['retry-after', { 'retry-after': '7', 'x-ratelimit-reset': '90' }, said('x'), 7],
    ['retry-after beyond ten minutes', { 'retry-after': '86400' }, said('x'), 600],
    [
      'the reset of what is used up',
      {
        'x-ratelimit-remaining-requests': '0',
        'x-ratelimit-reset-requests': '1m0.5s',
        'x-ratelimit-remaining-tokens': '9',
        'x-ratelimit-reset-tokens': '6m0s',
      },
      said('x'),
      61,
    ],
    [
      'a reset in milliseconds',
      { 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '120ms' },
      said('x'),
      1,
    ],
    ['a reset at a time in ms', { 'x-ratelimit-reset': String(NOW + 30_000) }, said('x'), 30],
    ['a reset at a time in s', { 'x-ratelimit-reset': String(NOW / 1000 + 30) }, said('x'), 30],
    ['a reset in some seconds', { 'x-ratelimit-reset': '12' }, said('x'), 12],
    ['RetryInfo', {}, said('x', { details: [{ '@type': 'RetryInfo', retryDelay: '3.5s' }] }), 4],
    ['nothing', {}, said('x'), undefined],
    ['nonsense', { 'x-ratelimit-reset': 'soon' }, said('x', { details: [{ retryDelay: 'later' }] }), undefined],
  ])('U11 P125 %s', (_name, headers, body, seconds) => {
    expect(refused(429, body, headers).retryAfter).toBe(seconds);
    expect(refused(400, body, headers).retryAfter).toBeUndefined();
  });
});

describe('an error under a 200', () => {
  test.each<[JsonObject, ErrorKind]>([
    [{ error: { code: 429, message: 'm' } }, 'rate_limited'],
    [{ error: { code: 502, message: 'm' } }, 'upstream_error'],
    [{ error: { code: 'rate_limit_exceeded', message: 'm' } }, 'rate_limited'],
    [{ error: { type: 'overloaded_error', message: 'm' } }, 'overloaded'],
    [{ error: { type: 'invalid_request_error', message: 'm' } }, 'invalid_request'],
    [{ error: { type: 'server_error', message: 'm', code: null } }, 'upstream_error'],
    [{ error: { type: 'insufficient_quota', message: 'm' } }, 'billing'],
    [{ error: { code: 'invalid_api_key', message: SECRET } }, 'upstream_auth'],
    [{ error: { code: 'context_length_exceeded', message: 'm' } }, 'invalid_request'],
    [{ object: 'error', message: 'm', code: 400 }, 'invalid_request'],
    [{ error: 'm' }, 'upstream_error'],
    [{}, 'upstream_error'],
  ])('U9 %j has the status that it should have had', (data, kind) => {
    const error = openAiStreamError('openai-responses', data);
    expect(error.kind).toBe(kind);
    expect(error.message).not.toContain(SECRET);
  });
});
