import { GatewayError } from '../core/error.ts';
import { matchesPattern } from '../core/pattern.ts';
import type { Principal } from './principal.ts';

/** Counts the open requests of each key. */
export type ConcurrencyLimit = {
  /**
   * Takes one place; call the answer once the request has ended (more calls do nothing).
   * @throws GatewayError `rate_limited` when the key holds as many as it may.
   */
  acquire(principal: Principal): () => void;
};

/** @param limit how many requests a key may hold; asked each time, so that a new config counts at once. */
export function createConcurrencyLimit(limit: () => number): ConcurrencyLimit {
  const open = new Map<string, number>();

  const release = (keyId: string) => {
    const left = (open.get(keyId) ?? 0) - 1;
    if (left > 0) open.set(keyId, left);
    else open.delete(keyId);
  };

  return {
    acquire({ keyId }) {
      const held = open.get(keyId) ?? 0;
      const most = limit();
      if (held >= most) {
        const message = `This request would exceed the limit of ${most} concurrent requests of this API key. Try again when another has ended.`;
        throw new GatewayError('rate_limited', message, { retryAfter: 1, retryable: false });
      }
      open.set(keyId, held + 1);
      let isHeld = true;
      return () => {
        if (isHeld) release(keyId);
        isHeld = false;
      };
    },
  };
}

/** Whether the key of a request, and its project, may use a public model name. */
export function mayUseModel(principal: Principal, model: string): boolean {
  return principal.modelLists.every((list) => list.some((pattern) => matchesPattern(pattern, model)));
}

/** @throws GatewayError `permission` naming the model when the key may not use it. */
export function allowModel(principal: Principal, model: string): void {
  if (mayUseModel(principal, model)) return;
  throw new GatewayError('permission', `This API key does not have permission to use the model ${model}`, {
    shouldRetry: false,
  });
}
