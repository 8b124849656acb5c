import { allowModel } from '../access/limits.ts';
import type { RequestPeek } from '../core/dialect.ts';
import { GatewayError } from '../core/error.ts';
import type { Target } from '../routing/resolve.ts';
import type { ClientCall } from './call.ts';
import type { Gateway, Snapshot } from './gateway.ts';

/** A request that may go upstream: what it asks for, where it can go, and the place it takes until `release`. */
export type Admitted = { request: RequestPeek; targets: readonly Target[]; release: () => void };

/**
 * Everything that can refuse a request before an upstream hears of it.
 * @throws GatewayError in the order: malformed, model not allowed, model unknown, too many open requests.
 */
export function admit(gateway: Gateway, snapshot: Snapshot, call: ClientCall): Admitted {
  const { dialect, parsed, principal, operation } = call;
  checkVersion(call);
  dialect.server.checkRequest(parsed, operation);
  const request = dialect.relay.peek(parsed);
  allowModel(principal, request.model);
  const targets = snapshot.router.resolve(request.model);
  if (targets.length === 0) throw new GatewayError('not_found', `model: ${request.model}`, { field: 'model' });
  return { request, targets, release: gateway.concurrency.acquire(principal) };
}

/** Required on every call, whatever its value: versions are the upstream's to know (`anthropic-surface.md` §1). */
function checkVersion({ dialect, headers }: ClientCall): void {
  const { requiredHeader } = dialect;
  if (requiredHeader !== undefined && !headers[requiredHeader]) {
    throw new GatewayError('invalid_request', `${requiredHeader}: header is required`);
  }
}
