import { describe, expect, test } from 'vitest';
import { ERROR_KINDS, type ErrorKind, GatewayError } from '../core/error.ts';
import { type NextStep, nextStep } from './retry-law.ts';

/** What follows each kind of failure; a kind that is added has to be decided here. */
const MAY_TRY_ELSEWHERE: Record<ErrorKind, boolean> = {
  invalid_request: false,
  authentication: false,
  billing: false,
  permission: false,
  not_found: false,
  method_not_allowed: false,
  request_timeout: false,
  too_large: false,
  unsupported_media: false,
  uri_too_long: false,
  upgrade_required: false,
  headers_too_large: false,
  rate_limited: true,
  overloaded: true,
  unavailable: true,
  timeout: true,
  unreachable: true,
  bad_upstream: true,
  upstream_auth: true,
  upstream_error: true,
  aborted: false,
  shutting_down: true,
  internal: false,
};

const kinds = Object.keys(ERROR_KINDS).filter((kind): kind is ErrorKind => kind in MAY_TRY_ELSEWHERE);
const flags = [false, true];
const table = kinds.flatMap((kind) =>
  flags.flatMap((connectionLost) =>
    [1, 2, 3].flatMap((triesOfTarget) =>
      flags.map((hasNextTarget) => ({ kind, connectionLost, triesOfTarget, hasNextTarget })),
    ),
  ),
);

function expected({ kind, connectionLost, triesOfTarget, hasNextTarget }: (typeof table)[number]): NextStep {
  if (!MAY_TRY_ELSEWHERE[kind]) return 'give-up';
  if (connectionLost && triesOfTarget === 1) return 'same-target';
  return hasNextTarget ? 'next-target' : 'give-up';
}

describe('nextStep', () => {
  test(`the whole truth table, ${table.length} rows (U1, U2, U12, U14, U21)`, () => {
    expect(kinds).toHaveLength(23);
    for (const row of table) {
      expect({ ...row, step: nextStep({ ...row, error: new GatewayError(row.kind, '') }) }).toEqual({
        ...row,
        step: expected(row),
      });
    }
  });

  test('an error that says otherwise of itself is believed', () => {
    const row = { connectionLost: false, triesOfTarget: 1, hasNextTarget: true };
    expect(nextStep({ ...row, error: new GatewayError('overloaded', '', { retryable: false }) })).toBe('give-up');
    expect(nextStep({ ...row, error: new GatewayError('not_found', '', { retryable: true }) })).toBe('next-target');
  });

  test('U21 a stale connection is tried again once, never for ever', () => {
    const error = new GatewayError('unreachable', '');
    const steps = [1, 2, 3].map((triesOfTarget) =>
      nextStep({ error, connectionLost: true, triesOfTarget, hasNextTarget: false }),
    );
    expect(steps).toEqual(['same-target', 'give-up', 'give-up']);
  });
});
