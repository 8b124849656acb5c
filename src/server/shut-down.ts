import type { Server } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { GatewayError } from '../core/error.ts';
import type { Gateway } from '../gateway/gateway.ts';
import type { Lifecycle } from './phase.ts';

/** How long new requests are still served, in ms: until load balancers have seen that the server is not ready. */
const ACCEPTING_WINDOW = 5_000;

/** How long exchanges that are told to end may take to say so and to be settled, in ms. */
const LAST_WORDS = 2_000;

/** What is shut down, and how patiently. */
export type ShutDownOptions = {
  servers: readonly Server[];
  gateway: Gateway;
  lifecycle: Lifecycle;
  /** How long open streams may run on, in ms. */
  window: number;
  /** Resolves when there is no time for that any more. */
  hurry: Promise<void>;
};

/**
 * Ends a server without losing a row (`reliability.md` S9): readiness off, open streams run on up to the window, the rest
 * end with an in-band error and are settled. A server without open requests ends at once.
 */
export async function shutDown({ servers, gateway, lifecycle, window, hurry }: ShutDownOptions): Promise<void> {
  const { live, log } = gateway;
  lifecycle.phase = 'draining';
  gateway.drains.close();
  await within(live.drained(), Math.min(window, ACCEPTING_WINDOW), hurry);
  lifecycle.phase = 'closing';
  gateway.admission.refuseAll(new GatewayError('shutting_down', 'The gateway is shutting down', { retryAfter: 1 }));
  await within(live.drained(), Math.max(0, window - ACCEPTING_WINDOW), hurry);
  const closed = Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  if (live.size() > 0) {
    log.warn({ open: live.size() }, 'ending streams that outlived the drain window');
    live.stopAll(new GatewayError('shutting_down', 'The gateway is shutting down', { retryAfter: 1 }));
    await within(live.drained(), LAST_WORDS);
  }
  live.close();
  for (const server of servers) server.closeIdleConnections();
  await within(closed, LAST_WORDS);
  for (const server of servers) server.closeAllConnections();
}

/** Waits for something, but no longer than `limit` ms, or until `hurry`. */
async function within(promise: Promise<unknown>, limit: number, hurry?: Promise<void>): Promise<void> {
  const timer = new AbortController();
  const late = wait(limit, undefined, { signal: timer.signal }).catch(() => undefined);
  await Promise.race([promise, late, ...(hurry === undefined ? [] : [hurry])]);
  timer.abort();
}
