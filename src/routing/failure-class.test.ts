import { describe, expect, test } from 'vitest';
import { ERROR_KINDS, type ErrorKind, GatewayError, type GatewayErrorDetails } from '../core/error.ts';
import { classifyFailure, type FailureClass } from './failure-class.ts';

/** By kind alone, as an upstream's answer without words; a kind that is added has to be decided here. */
const BY_KIND: Record<ErrorKind, FailureClass> = {
  invalid_request: 'request_fault',
  authentication: 'request_fault',
  billing: 'quota_exhausted',
  permission: 'request_fault',
  not_found: 'model_missing',
  method_not_allowed: 'request_fault',
  request_timeout: 'request_fault',
  too_large: 'request_fault',
  unsupported_media: 'request_fault',
  uri_too_long: 'request_fault',
  upgrade_required: 'request_fault',
  headers_too_large: 'request_fault',
  rate_limited: 'rate_limited',
  overloaded: 'overloaded',
  unavailable: 'overloaded',
  timeout: 'timeout',
  unreachable: 'unreachable',
  bad_upstream: 'bad_upstream',
  upstream_auth: 'credential_refused',
  upstream_error: 'upstream_error',
  aborted: 'stopped',
  hedged_out: 'stopped',
  shutting_down: 'stopped',
  internal: 'stopped',
};

const kinds = Object.keys(ERROR_KINDS).filter((kind): kind is ErrorKind => kind in BY_KIND);
const upstream = { status: 400 };

const classOf = (kind: ErrorKind, message: string, details: GatewayErrorDetails = {}) =>
  classifyFailure(new GatewayError(kind, message, { upstream, ...details }));

describe('the class of a failure', () => {
  test('follows from its kind where it says no more', () => {
    expect(kinds).toHaveLength(24);
    for (const kind of kinds) expect([kind, classOf(kind, '')]).toEqual([kind, BY_KIND[kind]]);
  });

  test('is that of a stale connection where it broke before any answer (U21)', () => {
    expect(classifyFailure(new GatewayError('unreachable', ''), true)).toBe('connection_lost');
  });

  test.each<[ErrorKind, string, string | undefined, FailureClass]>([
    ['rate_limited', 'This request would exceed your rate limit', undefined, 'rate_limited'],
    ['rate_limited', 'You have reached your limit', 'enforced_spend_limit_reached', 'spend_cap'],
    ['invalid_request', 'You have reached your specified API usage limits.', undefined, 'spend_cap'],
    ['billing', 'Billing hard limit has been reached', 'billing_hard_limit_reached', 'spend_cap'],
    ['rate_limited', 'You exceeded your current quota, please check your plan', undefined, 'quota_exhausted'],
    ['rate_limited', '', 'insufficient_quota', 'quota_exhausted'],
    ['invalid_request', 'Your credit balance is too low to access the API', undefined, 'quota_exhausted'],
    ['rate_limited', 'The engine is currently overloaded, please try again later', undefined, 'overloaded'],
    ['rate_limited', '', 'slow_down', 'overloaded'],
  ])('U11 tells money and overload from a rate limit: %s %j %s', (kind, message, code, expected) => {
    expect(classOf(kind, message, { code })).toBe(expected);
  });

  test.each<[string, string | undefined, FailureClass]>([
    ['prompt is too long: 210000 tokens > 200000 maximum', undefined, 'prompt_too_long'],
    ['input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000', undefined, 'prompt_too_long'],
    ['', 'context_length_exceeded', 'prompt_too_long'],
    ['Output blocked by content filtering policy', undefined, 'content_policy'],
    ['The response was filtered by our content management policy.', undefined, 'content_policy'],
    ['', 'content_policy_violation', 'content_policy'],
    ['Unexpected value(s) `x-1` for the `anthropic-beta` header', undefined, 'unsupported_feature'],
    ['context_management: Extra inputs are not permitted', undefined, 'unsupported_feature'],
    ['Unsupported parameter', 'unsupported_parameter', 'unsupported_feature'],
    ["'temperature' is not supported with this model", undefined, 'unsupported_feature'],
    ['', 'organization_on_hold', 'credential_refused'],
    ['messages: at least one message is required', undefined, 'request_fault'],
  ])('tells the classes of 400 apart: %j %s', (message, code, expected) => {
    expect(classOf('invalid_request', message, { code })).toBe(expected);
  });

  test('words count only under the kinds that they are said with', () => {
    expect(classOf('upstream_error', 'prompt is too long')).toBe('upstream_error');
    expect(classOf('not_found', 'insufficient_quota')).toBe('model_missing');
  });

  test.each<[ErrorKind, GatewayErrorDetails, FailureClass]>([
    ['overloaded', { retryable: false }, 'request_fault'],
    ['not_found', { retryable: true }, 'upstream_error'],
    ['invalid_request', { shouldRetry: true }, 'upstream_error'],
    ['not_found', { upstream: undefined }, 'request_fault'],
    ['invalid_request', { upstream: undefined, code: 'tools_unsupported_request' }, 'unsupported_feature'],
  ])('an error that says otherwise of itself is believed: %s %j', (kind, details, expected) => {
    expect(classOf(kind, '', details)).toBe(expected);
  });
});
