import { statfs } from 'node:fs/promises';
import type { PayloadRecorder } from '../access/payloads/recorder.ts';
import type { RetentionConfig } from '../config/config.ts';
import { type DiskGuard, type DiskState, startDiskGuard } from '../metering/retention/disk-guard.ts';
import { reserveFileIn } from '../metering/retention/reserve-file.ts';
import { deleteSomePayloads } from '../store/payloads.ts';
import { reusableBytes } from '../store/sqlite/free-pages.ts';
import type { Store } from '../store/store.ts';
import type { Logger } from '../telemetry/log.ts';

/** Payloads of one transaction. */
const SOME = 20;

const WORDS: Readonly<Record<DiskState, string>> = {
  ok: 'the disk has enough free space again',
  low: 'the disk is nearly full: the oldest payloads are dropped, and no new ones are kept',
  full: 'the disk is full: requests are refused until there is space again',
};

/** What guards the disk of a server. */
type GuardParts = {
  store: Store;
  dataDir: string;
  config: () => RetentionConfig;
  payloads: PayloadRecorder;
  log: Logger;
  /** Of several processes on one disk one alone drops payloads and holds the reserve. */
  isFirst: boolean;
  /** Told each time that there is less space than there should be; `free` in bytes. */
  onShort(state: 'low' | 'full', free: number): void;
};

/** A guard, and whether requests are to be refused since nothing could be booked. */
export type ServerDisk = DiskGuard & { refuses(): boolean };

/** Guards the disk of the data directory. The payloads of a PostgreSQL database are on another one: they are left alone. */
export function guardDisk({ store, dataDir, config, payloads, log, isFirst, onShort }: GuardParts): ServerDisk {
  const isOurs = store.kind === 'sqlite';
  const guard = startDiskGuard({
    free: async () => {
      const { bavail, bsize } = await statfs(dataDir);
      return bavail * bsize;
    },
    reusable: () => reusableBytes(store),
    limits: config,
    reserve: reserveFileIn(dataDir),
    dropPayloads: isFirst && isOurs ? () => deleteSomePayloads(store, 'all', SOME) : undefined,
    onState: (state, free) => {
      if (isOurs) payloads.setStopped(state !== 'ok');
      log[state === 'ok' ? 'info' : state === 'low' ? 'warn' : 'error'](
        { disk: state, free_bytes: free },
        WORDS[state],
      );
      if (state !== 'ok') onShort(state, free);
    },
    onDropped: (dropped) => log.warn({ payloads: dropped }, 'dropped payloads to make space on the disk'),
    onFailure: (error) => log.error({ err: error }, 'the disk could not be looked at'),
  });
  return { ...guard, refuses: () => isOurs && guard.state() === 'full' };
}
