import { describe, expect, test } from 'vitest';
import { type ErrorKind, GatewayError } from '../core/error.ts';
import { failureToTell } from './failure-to-tell.ts';

const upstream = { status: 500 };

/** Which of these failures is told, by its place. */
function told(first: ErrorKind, ...others: ErrorKind[]): number {
  const [one, ...more] = [first, ...others].map((kind) => new GatewayError(kind, '', { upstream }));
  if (!one) throw new Error('one failure at least');
  return [one, ...more].indexOf(failureToTell([one, ...more]));
}

describe('the failure that a client is told', () => {
  test.each<[string, ErrorKind[], number]>([
    ['the only one', ['upstream_error'], 0],
    ['U12 an overload, not the spare target that lacks the model', ['overloaded', 'not_found'], 0],
    ['U12 an overload, not what a spare target finds wrong with the request', ['overloaded', 'invalid_request'], 0],
    ['U11 a rate limit, not an outage before it', ['unreachable', 'rate_limited'], 1],
    ['U14 an outage, not a refused credential of ours', ['upstream_auth', 'unreachable', 'upstream_auth'], 1],
    ['what the first target finds wrong with the request', ['invalid_request', 'overloaded'], 0],
    ['of equals the last', ['overloaded', 'rate_limited', 'overloaded'], 2],
    ['C1 that the client has gone, whatever was before', ['overloaded', 'aborted'], 1],
  ])('is %s', (_, [first = 'internal', ...others], place) => {
    expect(told(first, ...others)).toBe(place);
  });
});
