import { GatewayError } from '../core/error.ts';
import { StoreError } from '../store/failure.ts';

/** Seconds after which a client may ask again. */
const RETRY_AFTER = 5;

/**
 * What a client is told when its request could not be booked: nothing has gone upstream (law Intent), and no other target could
 * be booked either. Anything else stays what it is.
 */
export function toBookingFailure(thrown: unknown): unknown {
  if (!(thrown instanceof StoreError)) return thrown;
  return new GatewayError('unavailable', 'The request cannot be booked at the moment, so it was not sent', {
    retryable: false,
    retryAfter: RETRY_AFTER,
    cause: thrown,
  });
}
