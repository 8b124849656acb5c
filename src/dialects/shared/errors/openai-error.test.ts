import { describe, expect, test } from 'vitest';
import { type ErrorKind, GatewayError, type GatewayErrorDetails } from '../../../core/error.ts';
import { formatError } from './openai-error.ts';

const shown = (kind: ErrorKind, details: GatewayErrorDetails = {}, message = 'why') => {
  const { status, headers, body } = formatError(new GatewayError(kind, message, details));
  return { status, headers, text: Buffer.from(body).toString(), error: JSON.parse(Buffer.from(body).toString()).error };
};

describe('an error of our own', () => {
  test.each<[ErrorKind, GatewayErrorDetails, number, string, string | null]>([
    ['invalid_request', {}, 400, 'invalid_request_error', null],
    ['invalid_request', { code: 'some_code' }, 400, 'invalid_request_error', 'some_code'],
    ['authentication', {}, 401, 'invalid_request_error', 'invalid_api_key'],
    ['billing', { code: 'budget_exceeded' }, 429, 'insufficient_quota', 'insufficient_quota'],
    ['permission', {}, 403, 'invalid_request_error', null],
    ['not_found', { field: 'model' }, 404, 'invalid_request_error', 'model_not_found'],
    ['not_found', {}, 404, 'invalid_request_error', null],
    ['too_large', {}, 413, 'invalid_request_error', null],
    ['rate_limited', {}, 429, 'rate_limit_error', 'rate_limit_exceeded'],
    ['internal', {}, 500, 'server_error', null],
    ['upstream_auth', {}, 502, 'server_error', null],
    ['unavailable', {}, 503, 'server_error', null],
    ['timeout', {}, 504, 'server_error', null],
    ['overloaded', {}, 503, 'server_error', 'overloaded'],
  ])('P67 %s %j is %i %s %s', (kind, details, status, type, code) => {
    const answer = shown(kind, details);
    expect(answer).toMatchObject({ status, headers: { 'content-type': 'application/json' } });
    expect(answer.error).toEqual({ message: 'why', type, param: details.field ?? null, code });
  });

  test('P125 says when to come again, and when not to', () => {
    expect(shown('rate_limited', { retryAfter: 3 }).headers).toMatchObject({ 'retry-after': '3' });
    expect(shown('billing').headers).toMatchObject({ 'x-should-retry': 'false' });
    expect(shown('rate_limited').headers['x-should-retry']).toBeUndefined();
  });

  test("a prompt that is too long has OpenAI's code, whoever said so", () => {
    expect(shown('invalid_request', {}, 'prompt is too long: 3 tokens > 2 maximum').error.code).toBe(
      'context_length_exceeded',
    );
  });
});

describe("an upstream's own body", () => {
  const body = Buffer.from('{ "error": {"message":"as said","n":1.0} }\n');

  test.each(['openai-chat', 'openai-responses'])('P41 of %s keeps its bytes and its status', (dialect) => {
    const answer = shown('billing', { upstream: { status: 402, body, dialect } });
    expect(answer).toMatchObject({ status: 402, text: body.toString() });
  });

  test('P41 of another dialect is told anew', () => {
    const answer = shown('overloaded', { upstream: { status: 529, body, dialect: 'anthropic-messages' } });
    expect(answer).toMatchObject({ status: 503, error: { message: 'why', code: 'overloaded' } });
  });
});
