import { describe, expect, test } from 'vitest';
import { type ErrorKind, GatewayError } from '../../core/error.ts';
import type { JsonObject } from '../../core/json.ts';
import { parseFrame } from '../../framing/sse-frames.ts';
import { formatError, formatStreamError, parseError, streamErrorOf } from './error.ts';

const SECRET = 'sk-secret-of-the-upstream';
const body = (type: string, message = 'as said', more: JsonObject = {}) =>
  Buffer.from(JSON.stringify({ type: 'error', error: { type, message, ...more }, request_id: 'req_theirs' }));
const answered = (status: number, bytes: Uint8Array, headers: Record<string, string> = {}) => {
  const error = parseError(status, headers, bytes, Date.UTC(2026, 0, 1));
  const { body: shown, ...answer } = formatError(error, 'req_ours');
  return { error, ...answer, text: Buffer.from(shown).toString() };
};

describe('an upstream that refuses', () => {
  test.each<[number, string, ErrorKind, boolean]>([
    [400, 'invalid_request_error', 'invalid_request', false],
    [402, 'billing_error', 'billing', false],
    [404, 'not_found_error', 'not_found', false],
    [409, 'conflict_error', 'invalid_request', false],
    [413, 'request_too_large', 'too_large', false],
    [422, 'invalid_request_error', 'invalid_request', false],
    [429, 'rate_limit_error', 'rate_limited', true],
    [500, 'api_error', 'upstream_error', true],
    [503, 'api_error', 'overloaded', true],
    [504, 'timeout_error', 'timeout', true],
    [529, 'overloaded_error', 'overloaded', true],
  ])('%i is passed on in its own words, with our request id (P41, P67)', (status, type, kind, retryable) => {
    const {
      error,
      status: shown,
      text,
    } = answered(status, body(type, 'as said', { details: { error_code: 'x', n: 1.5 } }));
    expect(error).toMatchObject({ kind, retryable, upstream: { status } });
    expect(shown).toBe(status);
    expect(JSON.parse(text)).toEqual({
      type: 'error',
      error: { type, message: 'as said', details: { error_code: 'x', n: 1.5 } },
      request_id: 'req_ours',
    });
  });

  test('P41 every byte but the request id stays', () => {
    const bytes = Buffer.from(
      '{ "type":"error", "request_id" : "req_theirs","error":{"type":"api_error","message":"\\u00e9","n":1.0}}\n',
    );
    expect(answered(500, bytes).text).toBe(bytes.toString().replace('req_theirs', 'req_ours'));
  });

  test.each([401, 403])('U14 P113 %i becomes 502 and says nothing of what the upstream said', (status) => {
    const { error, status: shown, text, headers } = answered(status, body('authentication_error', `bad key ${SECRET}`));
    expect(error).toMatchObject({ kind: 'upstream_auth', retryable: true, upstream: { status } });
    expect(shown).toBe(502);
    expect(JSON.parse(text)).toMatchObject({ type: 'error', error: { type: 'api_error' }, request_id: 'req_ours' });
    expect(text).not.toContain(SECRET);
    expect(headers['x-should-retry']).not.toBe('true');
  });

  const unreadable: [string, string][] = [
    ['HTML', `<html><body>${SECRET}</body></html>`],
    ['nothing', ''],
    ['plain text', SECRET],
    ['half a JSON', `{"type":"error","error":{"message":"${SECRET}`],
    ['another shape', JSON.stringify({ error: { message: SECRET, type: 'server_error' } })],
    ['a list', JSON.stringify([{ type: 'error', error: { type: SECRET } }])],
    ['an error without a type', JSON.stringify({ type: 'error', error: { message: SECRET } })],
    ['null', 'null'],
  ];
  test.each(unreadable)('U13 %s is answered in the shape of the API, without its text', (_name, bytes) => {
    for (const [status, shown] of [
      [500, 502],
      [502, 502],
      [503, 503],
      [529, 529],
      [429, 429],
      [400, 400],
      [418, 400],
      [302, 502],
      [204, 502],
    ] as const) {
      const answer = answered(status, Buffer.from(bytes));
      expect(answer.status).toBe(shown);
      expect(JSON.parse(answer.text)).toMatchObject({ type: 'error', request_id: 'req_ours' });
      expect(answer.text).not.toContain(SECRET);
    }
  });

  test('U13 bytes that are no UTF-8 are unreadable too', () => {
    expect(answered(500, Buffer.from([0x7b, 0xff, 0xfe])).status).toBe(502);
  });

  test.each<[number, string | undefined]>([
    [429, '7'],
    [503, '7'],
    [529, '7'],
    [500, undefined],
    [400, undefined],
  ])('U11 P125 retry-after of a %i: %s', (status, expected) => {
    expect(answered(status, body('x'), { 'retry-after': '7' }).headers['retry-after']).toBe(expected);
  });

  test.each([
    ['86400', '600'],
    ['0', '0'],
    ['-1', undefined],
    ['soon', undefined],
    [new Date(Date.UTC(2026, 0, 1) + 30_000).toUTCString(), '30'],
  ])('U11 P125 retry-after %s is passed on as %s', (given, expected) => {
    expect(answered(429, body('rate_limit_error'), { 'retry-after': given }).headers['retry-after']).toBe(expected);
  });

  test.each(['true', 'false'])('passes x-should-retry: %s on', (value) => {
    expect(answered(429, body('rate_limit_error'), { 'x-should-retry': value }).headers['x-should-retry']).toBe(value);
  });

  test('keeps the upstream request id for the books', () => {
    expect(answered(400, body('x'), { 'request-id': 'req_theirs' }).error.upstream?.requestId).toBe('req_theirs');
  });
});

describe('an error of our own', () => {
  test.each<[ErrorKind, number, string]>([
    ['invalid_request', 400, 'invalid_request_error'],
    ['authentication', 401, 'authentication_error'],
    ['billing', 402, 'billing_error'],
    ['permission', 403, 'permission_error'],
    ['not_found', 404, 'not_found_error'],
    ['request_timeout', 408, 'timeout_error'],
    ['too_large', 413, 'request_too_large'],
    ['rate_limited', 429, 'rate_limit_error'],
    ['internal', 500, 'api_error'],
    ['unreachable', 502, 'api_error'],
    ['upstream_auth', 502, 'api_error'],
    ['unavailable', 503, 'api_error'],
    ['timeout', 504, 'timeout_error'],
    ['overloaded', 529, 'overloaded_error'],
  ])('P67 %s is %i %s', (kind, status, type) => {
    const answer = formatError(new GatewayError(kind, 'why', { code: 'a_code', retryAfter: 3 }), 'req_1');
    expect(answer).toMatchObject({ status, headers: { 'content-type': 'application/json', 'retry-after': '3' } });
    expect(JSON.parse(Buffer.from(answer.body).toString())).toEqual({
      type: 'error',
      error: { type, message: 'why', details: { error_code: 'a_code' } },
      request_id: 'req_1',
    });
  });

  test('money and permission are not worth a retry', () => {
    const retry = (kind: ErrorKind) => formatError(new GatewayError(kind, ''), 'r').headers['x-should-retry'];
    expect([retry('billing'), retry('permission'), retry('authentication')]).toEqual(['false', 'false', 'false']);
    expect(retry('overloaded')).toBeUndefined();
  });

  test('P107 in a stream it is one named event', () => {
    const frame = parseFrame(formatStreamError(new GatewayError('timeout', 'line\nbreak'), 'req_1'));
    expect(frame?.event).toBe('error');
    expect(JSON.parse(frame?.data ?? '')).toEqual({
      type: 'error',
      error: { type: 'timeout_error', message: 'line\nbreak' },
      request_id: 'req_1',
    });
  });
});

describe('U9 an error inside a 200', () => {
  test.each<[string, ErrorKind, number]>([
    ['overloaded_error', 'overloaded', 529],
    ['rate_limit_error', 'rate_limited', 429],
    ['invalid_request_error', 'invalid_request', 400],
    ['api_error', 'upstream_error', 500],
    ['timeout_error', 'timeout', 504],
    ['authentication_error', 'upstream_auth', 502],
    ['permission_error', 'upstream_auth', 502],
    ['error_of_tomorrow', 'upstream_error', 500],
    ['constructor', 'upstream_error', 500],
    ['__proto__', 'upstream_error', 500],
  ])('%s has the status it stands for', (type, kind, status) => {
    expect(streamErrorOf({ type: 'error', error: { type, message: 'm' } })).toMatchObject({ kind, status });
  });

  test.each<[JsonObject]>([[{}], [{ error: 'x' }], [{ error: null }], [{ type: 'error', error: {} }]])(
    'without a type it is an upstream error: %j',
    (data) => {
      expect(streamErrorOf(data)).toMatchObject({ kind: 'upstream_error', status: 502 });
    },
  );
});

test("§12 a model that the upstream does not know is named as OpenAI's clients look for it", () => {
  const said = (message: string) =>
    Buffer.from(JSON.stringify({ type: 'error', error: { type: 'not_found_error', message } }));
  expect(parseError(404, {}, said('model: claude-nowhere'), 0).field).toBe('model');
  expect(parseError(404, {}, said('Not found'), 0).field).toBeUndefined();
});
