import { setTimeout as sleep } from 'node:timers/promises';
import type { ReserveFile } from './reserve-file.ts';

/** How the disk is: `low`: payloads are dropped; `full`: nothing more can be booked. */
export type DiskState = 'ok' | 'low' | 'full';

/** How often free space is looked at, in ms: seldom while there is enough of it. */
const INTERVALS: Readonly<Record<DiskState, number>> = { ok: 2_000, low: 1_000, full: 500 };

/** A state is left only when there is clearly more than it was entered with, so that it does not flutter. */
const CLEARLY_MORE = 1.1;

/** So many times the reserve must be free before requests are taken again: it can then be held back anew. */
const REOPENING = 1.5;

/** What a guard works with. Sizes are bytes. */
export type DiskGuardParts = {
  /** Free space on the disk. */
  free(): Promise<number>;
  /** Space within the database that new rows can use. */
  reusable(): Promise<number>;
  limits(): { lowDisk: number; reserve: number };
  reserve: ReserveFile;
  /** Drops some of the oldest payloads and answers how many; undefined: this process leaves that to another one. */
  dropPayloads: (() => Promise<number>) | undefined;
  onState(state: DiskState, free: number): void;
  onDropped(payloads: number): void;
  onFailure(error: unknown): void;
};

/** Watches the disk. */
export type DiskGuard = {
  state(): DiskState;
  /** As last looked at. */
  freeBytes(): number;
  /** Looks now. Never rejects. */
  look(): Promise<void>;
  /** Resolves when it has stopped. */
  close(): Promise<void>;
};

/**
 * Keeps the disk from filling up with what can be spared (`reliability.md` S4): with little space left payloads go, oldest first,
 * and no new ones are kept, while space is held back in a reserve. When even so there is hardly any left, the reserve is given
 * to what is under way, and new requests are refused until there is space again.
 */
export function startDiskGuard(parts: DiskGuardParts): DiskGuard {
  const closing = new AbortController();
  let state: DiskState = 'ok';
  let freeBytes = Number.POSITIVE_INFINITY;

  const enter = (next: DiskState): void => {
    if (next === state) return;
    state = next;
    parts.onState(next, freeBytes);
  };
  const lookOnce = async (): Promise<void> => {
    try {
      const { lowDisk, reserve } = parts.limits();
      const isHeld = await parts.reserve.isHeld();
      freeBytes = await parts.free();
      enter(nextState(state, { free: freeBytes, reusable: await parts.reusable(), isHeld, lowDisk, reserve }));
      if (parts.dropPayloads === undefined) return;
      if (state === 'ok' || state === 'full') await parts.reserve.release();
      else if (!isHeld && freeBytes > reserve * CLEARLY_MORE) await parts.reserve.take(reserve);
      if (state !== 'ok') await dropUntil(lowDisk, parts.dropPayloads);
    } catch (error) {
      parts.onFailure(error);
    }
  };
  let looking = Promise.resolve();
  const look = (): Promise<void> => {
    looking = looking.then(lookOnce);
    return looking;
  };
  const dropUntil = async (wanted: number, drop: () => Promise<number>): Promise<void> => {
    let dropped = 0;
    while (!closing.signal.aborted && (await parts.free()) + (await parts.reusable()) < wanted) {
      const some = await drop();
      dropped += some;
      if (some === 0) break;
    }
    if (dropped > 0) parts.onDropped(dropped);
  };
  const watch = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      await look();
      await sleep(INTERVALS[state], undefined, { signal: closing.signal, ref: false }).catch(() => undefined);
    }
  };
  const done = watch();
  return {
    state: () => state,
    freeBytes: () => freeBytes,
    look,
    close: async () => {
      closing.abort();
      await done;
    },
  };
}

/** What is known of the disk at one moment, in bytes. */
type DiskFigures = { free: number; reusable: number; isHeld: boolean; lowDisk: number; reserve: number };

/** Without a file that holds it the reserve is the last of the free space. */
function nextState(state: DiskState, { free, reusable, isHeld, lowDisk, reserve }: DiskFigures): DiskState {
  const needed = state === 'full' ? reserve * REOPENING : isHeld ? reserve / 4 : reserve;
  if (free < needed) return 'full';
  const usable = free + reusable + (isHeld ? reserve : 0);
  return usable < lowDisk * (state === 'ok' ? 1 : CLEARLY_MORE) ? 'low' : 'ok';
}
