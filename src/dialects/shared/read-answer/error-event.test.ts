import { describe, expect, test } from 'vitest';
import { ERROR_KINDS, type ErrorKind, GatewayError } from '../../../core/error.ts';
import type { StreamEvent } from '../../../core/event.ts';
import { errorEvent, errorOfEvent } from './error-event.ts';

const parsed = (event: StreamEvent) => {
  if (event.type !== 'error') throw new Error(`${event.type} is no error`);
  return errorOfEvent(event);
};
const kinds = [
  'invalid_request',
  'billing',
  'not_found',
  'too_large',
  'rate_limited',
  'timeout',
  'overloaded',
] as const;

describe('U9 an error in a canonical stream', () => {
  test.each<ErrorKind>([...kinds, 'upstream_auth', 'upstream_error'])('of kind %s comes back as it was', (kind) => {
    const { kind: read, status } = parsed(errorEvent(new GatewayError(kind, 'why', { code: 'a_code' })));
    expect([read, status]).toEqual([kind, ERROR_KINDS[kind].status]);
  });

  test('keeps its message and its code', () => {
    const error = parsed(errorEvent(new GatewayError('invalid_request', 'why', { code: 'a_code' })));
    expect(error).toMatchObject({ message: 'why', code: 'a_code' });
  });

  test.each(['constructor', '__proto__', 'error_of_tomorrow', ''])('U22 of type "%s" is an upstream error', (type) => {
    expect(errorOfEvent({ type: 'error', error: { type, message: 'm' } }).kind).toBe('upstream_error');
  });

  test.each(['authentication_error', 'permission_error'])(
    'P113 U14 of type %s says nothing of our credential',
    (type) => {
      const { kind, message } = errorOfEvent({ type: 'error', error: { type, message: 'bad key sk-secret' } });
      expect([kind, message.includes('secret')]).toEqual(['upstream_auth', false]);
    },
  );
});
