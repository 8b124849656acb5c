import type { Result } from '../operations.ts';
import { isConnectionLoss } from './connection.ts';
import type { Link } from './link.ts';
import type { SettlementWriter, Settling } from './write-settlements.ts';

/** How long a settlement may wait for company, in ms: nobody waits for it, and a transaction of ten costs little more than one. */
const PATIENCE_MS = 8;

/** Settlements of one transaction at most. */
const MOST_AT_ONCE = 500;

/** A settlement, and who is told of its end. */
export type WaitingSettlement = {
  operation: Settling;
  resolve: (result: Result) => void;
  reject: (error: Error) => void;
};

/** Writes settlements beside the intents. */
export type SettlementLane = {
  /** False: it does not take any at the moment. */
  take(waiting: WaitingSettlement): boolean;
  depth(): number;
  /** Writes what waits without waiting for more. */
  flush(): Promise<void>;
  close(): Promise<void>;
};

/**
 * A connection of its own for settlements, so that no intent waits for their commit. It knows the usual case only: what cannot
 * be settled just so (the connection breaks, an exchange was settled by others) is given to `handOver`. That may then be settled
 * already, which counts once.
 * @param openLink makes the connection; not before there is something to settle, since commands have nothing.
 * @param isOpen whether settlements need not queue behind others that wait for the database to come back.
 */
export function createSettlementLane(parts: {
  openLink: () => Link;
  writeSettlements: SettlementWriter;
  isOpen: () => boolean;
  handOver: (waiting: WaitingSettlement) => void;
}): SettlementLane {
  const { openLink, writeSettlements, isOpen, handOver } = parts;
  let link: Link | undefined;
  let queue: WaitingSettlement[] = [];
  let taken = 0;
  let timer: NodeJS.Timeout | undefined;
  let pumping: Promise<void> | undefined;

  const write = async (batch: readonly WaitingSettlement[]): Promise<void> => {
    const client = isOpen() ? link?.client() : undefined;
    try {
      if (client === undefined) throw new Error('there is no connection');
      await writeSettlements(
        client,
        batch.map(({ operation }) => operation),
      );
    } catch (error) {
      if (client !== undefined && isConnectionLoss(error)) link?.lost(client);
      for (const waiting of batch) handOver(waiting);
      return;
    }
    for (const { resolve } of batch) resolve(undefined);
  };

  const pump = async (): Promise<void> => {
    while (queue.length > 0) {
      const batch = queue.slice(0, MOST_AT_ONCE);
      queue = queue.slice(MOST_AT_ONCE);
      taken = batch.length;
      await write(batch);
      taken = 0;
    }
  };

  const leave = (): void => {
    clearTimeout(timer);
    timer = undefined;
    pumping ??= pump().finally(() => {
      pumping = undefined;
      if (queue.length > 0) leave();
    });
  };

  const flush = async (): Promise<void> => {
    leave();
    while (pumping !== undefined) await pumping;
  };

  return {
    take: (waiting) => {
      link ??= openLink();
      if (!isOpen() || link.client() === undefined) return false;
      queue.push(waiting);
      if (pumping === undefined) timer ??= setTimeout(leave, PATIENCE_MS);
      return true;
    },
    depth: () => queue.length + taken,
    flush,
    close: async () => {
      await flush();
      await link?.close();
    },
  };
}
