import type { Ledger } from '../metering/ledger.ts';
import type { IsGone } from '../metering/recovery.ts';
import type { Store } from '../store/open.ts';
import type { Logger } from '../telemetry/log.ts';
import { beatInterval, createPresence } from './presence.ts';
import { watchForAbandoned } from './recovery-watch.ts';

/** How often settlements that failed are tried again where no heartbeats are needed, in ms. */
const ALONE_INTERVAL = 5_000;

/** The place of this process among those that share a store. */
export type Membership = {
  /** How many serve together, as far as is known. */
  processes(): number;
  /** Whether a process is dead, and what it has open is this one's to settle. */
  isGone: IsGone;
  /** Tells the others that this process lives, if it has not for long; to be called before it queues an intent. */
  showLife(): void;
  /** Begins to look after what is left open. */
  watch(ledger: Ledger, log: Logger): void;
  /** Ends the watch; call it before the store is closed. */
  close(): Promise<void>;
};

/** What a member is told. */
export type MembershipParts = {
  store: Store;
  node: string;
  /** One of so many workers, whose supervisor settles for them; undefined: a server of its own. */
  workers: number | undefined;
  /** ms; asked each time. */
  lease(): number;
};

/**
 * Joins the others. On one file there are only the workers of one supervisor, known from the start; on PostgreSQL processes come
 * and go, and tell one another by heartbeats. Rejects when the database cannot be asked.
 */
export async function joinOthers({ store, node, workers, lease }: MembershipParts): Promise<Membership> {
  if (store.kind === 'sqlite') {
    return member({ processes: () => workers ?? 1, isGone: () => false, interval: () => ALONE_INTERVAL });
  }
  const presence = createPresence({ store, node, lease, clock: () => performance.now(), now: Date.now });
  await presence.beat();
  return member({
    processes: presence.count,
    isGone: workers === undefined ? presence.isGone : () => false,
    interval: () => beatInterval(lease()),
    look: presence.beat,
    showLife: presence.showLife,
    leave: presence.leave,
  });
}

function member(parts: {
  processes(): number;
  isGone: IsGone;
  interval(): number;
  look?(): Promise<void>;
  showLife?(): void;
  leave?(): Promise<void>;
}): Membership {
  const { processes, isGone, interval, showLife = () => undefined } = parts;
  const { look = async () => undefined, leave = async () => undefined } = parts;
  let watching: ReturnType<typeof watchForAbandoned> | undefined;
  return {
    processes,
    isGone,
    showLife,
    watch: (ledger, log) => {
      watching = watchForAbandoned({ ledger, log, interval, look, isGone });
    },
    close: async () => {
      await watching?.close();
      // The others notice its silence too, only later.
      await leave().catch(() => undefined);
    },
  };
}
