import type { Server } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { GatewayError } from '../core/error.ts';
import type { Gateway } from '../gateway/gateway.ts';

/** How long exchanges that are told to end may take to say so and to be settled, in ms. */
const LAST_WORDS = 2_000;

/**
 * Ends a server without losing a row (`reliability.md` S9): no new connections, open streams run on up to the window, the
 * rest end with an in-band error and are settled.
 * @param window in ms.
 */
export async function shutDown(server: Server, gateway: Gateway, window: number): Promise<void> {
  const { live } = gateway;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  await within(live.drained(), window);
  if (live.size > 0) {
    gateway.log.warn({ open: live.size }, 'ending streams that outlived the drain window');
    live.stopAll(new GatewayError('shutting_down', 'The gateway is shutting down', { retryAfter: 1 }));
    await within(live.drained(), LAST_WORDS);
  }
  live.close();
  server.closeIdleConnections();
  await within(closed, LAST_WORDS);
  server.closeAllConnections();
}

/** Waits for something, but no longer than `limit` ms. */
async function within(promise: Promise<void>, limit: number): Promise<void> {
  const timer = new AbortController();
  const late = wait(limit, undefined, { signal: timer.signal }).catch(() => undefined);
  await Promise.race([promise, late]);
  timer.abort();
}
