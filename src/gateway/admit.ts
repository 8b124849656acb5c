import { allowModel } from '../access/limits.ts';
import type { RequestPeek } from '../core/dialect.ts';
import { GatewayError } from '../core/error.ts';
import type { ClientCall } from './call.ts';
import type { Gateway, Snapshot } from './gateway.ts';

/** A request that may go upstream: what it asks for, and the place it takes until `release`. */
export type Admitted = { request: RequestPeek; release: () => void };

/**
 * Everything that can refuse a request before an upstream hears of it.
 * @throws GatewayError in the order: malformed, model not allowed, model unknown, too many open requests of the key, overloaded.
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
  const leaveKey = gateway.concurrency.acquire(principal);
  try {
    const leavePlace = await gateway.admission.enter(principal.keyId, responder.gone);
    const release = () => {
      leavePlace();
      leaveKey();
    };
    return { request, release };
  } catch (refused) {
    leaveKey();
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
