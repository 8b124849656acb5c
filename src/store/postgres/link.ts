import type pg from 'pg';
import { StoreError } from '../failure.ts';
import { connect, goByKeys } from './connection.ts';

/** Between two tries to connect, in ms; it doubles up to the second. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;

/** The connection that writes, opened again whenever it is lost. */
export type Link = {
  /** The connection; undefined while the database is down. */
  client(): pg.Client | undefined;
  /** Since when it is down, in monotonic ms; undefined while it is up. */
  downSince(): number | undefined;
  /** Gives up the connection that broke, and connects anew. */
  lost(client: pg.Client): void;
  close(): Promise<void>;
};

/** Keeps a connection to `url`, one that is open already if there is; `onUp` is told whenever there is a new one. */
export function createLink(url: string, opened: pg.Client | undefined, onUp: () => void): Link {
  let current: pg.Client | undefined;
  let downAt: number | undefined;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;

  const take = (client: pg.Client): void => {
    current = client;
    downAt = undefined;
    client.once('end', () => lost(client));
    client.on('error', () => lost(client));
  };

  const lost = (client: pg.Client): void => {
    if (current !== client || closed) return;
    current = undefined;
    downAt = performance.now();
    // Not waited for: a server that hangs would not answer a good-bye either.
    client.end().catch(() => undefined);
    reconnect(FIRST_PAUSE_MS);
  };

  const reconnect = (pause: number): void => {
    timer = setTimeout(async () => {
      try {
        const client = await connect(url);
        await goByKeys(client);
        if (closed) {
          await client.end();
        } else {
          take(client);
          onUp();
        }
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        if (!closed) reconnect(Math.min(Math.max(pause * 2, FIRST_PAUSE_MS), LONGEST_PAUSE_MS));
      }
    }, pause);
  };

  if (opened === undefined) reconnect(0);
  else take(opened);
  return {
    client: () => current,
    downSince: () => downAt,
    lost,
    close: async () => {
      closed = true;
      clearTimeout(timer);
      await current?.end().catch(() => undefined);
    },
  };
}
