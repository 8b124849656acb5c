import { describe, expect, test } from 'vitest';
import { type ErrorKind, GatewayError } from '../../core/error.ts';
import type { JsonObject } from '../../core/json.ts';
import { parseFrame } from '../../framing/sse-frames.ts';
import { formatStreamError, parseError, streamErrorOf } from './error.ts';

describe('an error as the only event of a stream', () => {
  const failed = (error: GatewayError) => {
    const frame = parseFrame(formatStreamError(error, 'req_ours'));
    return { event: frame?.event, data: JSON.parse(frame?.data ?? '') };
  };

  test('P111 is a response that failed', () => {
    const { event, data } = failed(new GatewayError('overloaded', 'busy'));
    expect(event).toBe('response.failed');
    expect(data).toMatchObject({
      type: 'response.failed',
      sequence_number: 0,
      response: {
        id: 'resp_ours',
        object: 'response',
        status: 'failed',
        error: { code: 'overloaded', message: 'busy' },
        output: [],
      },
    });
  });

  test('always has a code', () => {
    const { data } = failed(new GatewayError('internal', 'oops'));
    expect(data.response.error).toEqual({ code: 'server_error', message: 'oops' });
  });
});

describe('an error of the upstream', () => {
  test('P41 is one of this dialect', () => {
    const body = Buffer.from('{"error":{"message":"m"}}');
    expect(parseError(500, {}, body, 0).upstream).toMatchObject({ dialect: 'openai-responses', body });
  });

  test.each<[string, JsonObject, ErrorKind, string]>([
    ['event', { type: 'error', code: 'rate_limit_exceeded', message: 'm', param: null }, 'rate_limited', 'm'],
    ['event with an object', { type: 'error', error: { type: 'server_error', message: 'm' } }, 'upstream_error', 'm'],
    [
      'failed response in an event',
      {
        type: 'response.failed',
        response: { status: 'failed', error: { code: 'server_is_overloaded', message: 'm' } },
      },
      'overloaded',
      'm',
    ],
    ['failed response', { status: 'failed', error: { code: 'invalid_prompt', message: 'm' } }, 'invalid_request', 'm'],
    [
      'response that failed without a word',
      { status: 'failed', error: null },
      'upstream_error',
      'The upstream did not complete the response',
    ],
  ])('U9 in an %s stands for what it says', (_name, data, kind, message) => {
    expect(streamErrorOf(data)).toMatchObject({ kind, message });
  });
});
