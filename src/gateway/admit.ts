import type { Grant, Used } from '../access/limits/limiter.ts';
import { allowModel } from '../access/limits.ts';
import type { RequestPeek } from '../core/dialect.ts';
import { GatewayError } from '../core/error.ts';
import type { ClientCall } from './call.ts';
import type { Gateway, Snapshot } from './gateway.ts';
import { limitRequest } from './limit-request.ts';

/**
 * A request that may go upstream: what it asks for, the place it takes until `release`, and `settleLimits`, to be told what it
 * used once that is known. `waited` is how many ms it was in line.
 */
export type Admitted = {
  request: RequestPeek;
  waited: number;
  release: () => void;
  settleLimits: (used: Used) => void;
};

const DISK_FULL = 'The disk of the gateway is full: the request could not be booked, so it was not sent';

/**
 * Everything that can refuse a request before an upstream hears of it.
 * @throws GatewayError in the order: malformed, model not allowed, model unknown, disk full, too many open requests of the key, a limit
 * reached, overloaded.
 */
export async function admit(gateway: Gateway, snapshot: Snapshot, call: ClientCall): Promise<Admitted> {
  const { dialect, parsed, principal, operation, responder } = call;
  checkVersion(call);
  dialect.server.checkRequest(parsed, operation);
  const request = dialect.relay.peek(parsed);
  allowModel(principal, request.model);
  if (snapshot.router.resolve(request.model).length === 0) {
    throw new GatewayError('not_found', `model: ${request.model}`, { field: 'model' });
  }
  if (gateway.disk.refuses()) throw new GatewayError('unavailable', DISK_FULL, { retryAfter: 5 });
  const leaveKey = gateway.concurrency.acquire(principal);
  let grant: Grant | undefined;
  try {
    grant = await limitRequest(gateway, call, request.model);
    const enteredAt = performance.now();
    const leavePlace = await gateway.admission.enter(principal.keyId, responder.gone);
    const waited = performance.now() - enteredAt;
    const release = () => {
      leavePlace();
      leaveKey();
      grant?.release();
    };
    return { request, waited, release, settleLimits: (used) => grant?.settle(used) };
  } catch (refused) {
    leaveKey();
    grant?.cancel();
    throw refused;
  }
}

/** Required on every call, whatever its value: versions are the upstream's to know (`anthropic-surface.md` §1). */
function checkVersion({ dialect, headers }: ClientCall): void {
  const { requiredHeader } = dialect;
  if (requiredHeader !== undefined && !headers[requiredHeader]) {
    throw new GatewayError('invalid_request', `${requiredHeader}: header is required`);
  }
}
