import { listBeats, listOpenNodes, removeNode, removeSilentNodes, writeBeat } from '../store/nodes.ts';
import type { Store } from '../store/open.ts';

/** Heartbeats in the time after which a silent process is taken for dead. */
const BEATS_PER_LEASE = 6;

/** Dead processes are forgotten after a day, in ms. */
const REMEMBERED = 86_400_000;

/** What a process knows of the others on its database. */
export type Presence = {
  /** Whether a process has been silent for as long as the lease, and for so many ms, by this one's own clock. */
  isGone(node: string | null, atLeast?: number): boolean;
  /** Processes that live, this one included; 1 until they have been counted. */
  count(): number;
  /** Shows that this process lives, and looks at the others. Rejects when the database cannot be asked. */
  beat(): Promise<void>;
  /**
   * Queues a heartbeat if the last one is half a lease ago: to be called before anything is queued that others would take for
   * left by a dead process. After a pause they then see neither or both.
   */
  showLife(): void;
  /** Says good-bye: this process leaves nothing open. */
  leave(): Promise<void>;
};

/** What a presence works with. */
export type PresenceParts = {
  store: Store;
  /** The name of this process; undefined for one that only watches. */
  node: string | undefined;
  /** ms; asked each time. */
  lease(): number;
  /** Monotonic ms. */
  clock(): number;
  /** Unix ms. */
  now(): number;
};

/** How often to beat with a lease of so many ms. */
export function beatInterval(lease: number): number {
  return lease / BEATS_PER_LEASE;
}

/**
 * Watches the heartbeats on a database that several nodes share. A process is dead when its count has stood still for a lease in
 * which this one was able to look all the time: so nobody's clock has to be right, and an outage of the database kills nobody.
 */
export function createPresence({ store, node, lease, clock, now }: PresenceParts): Presence {
  type Sighting = { beats: number; since: number };
  let sightings = new Map<string | null, Sighting>();
  let lookedAt = Number.NEGATIVE_INFINITY;

  const look = async (): Promise<void> => {
    const [known, open] = await Promise.all([listBeats(store), listOpenNodes(store)]);
    const at = clock();
    const before = at - lookedAt > lease() / 2 ? new Map<string | null, Sighting>() : sightings;
    lookedAt = at;
    const beats = new Map<string | null, number>(open.map((id) => [id, 0]));
    for (const one of known) beats.set(one.id, one.beats);
    sightings = new Map(
      [...beats].map(([id, count]) => {
        const sighting = before.get(id);
        return [id, sighting?.beats === count ? sighting : { beats: count, since: at }];
      }),
    );
  };

  const isGone = (id: string | null, atLeast = 0): boolean => {
    const sighting = sightings.get(id);
    return id !== node && sighting !== undefined && lookedAt - sighting.since >= Math.max(lease(), atLeast);
  };

  // The wall clock beside the monotonic one, which stands still while a machine sleeps.
  let shown = { clock: Number.NEGATIVE_INFINITY, wall: Number.NEGATIVE_INFINITY };
  const show = async (): Promise<void> => {
    if (node === undefined) return;
    const next = { clock: clock(), wall: now() };
    await writeBeat(store, node, now());
    shown = next;
  };

  return {
    isGone,
    count: () => {
      const living = [...sightings].filter(([id, { beats }]) => beats > 0 && !isGone(id));
      return Math.max(1, living.length);
    },
    showLife: () => {
      if (Math.max(clock() - shown.clock, now() - shown.wall) > lease() / 2) show().catch(() => undefined);
    },
    beat: async () => {
      await show();
      await look();
      const isAnyGone = [...sightings.keys()].some((id) => isGone(id));
      if (isAnyGone) await removeSilentNodes(store, now() - REMEMBERED);
    },
    leave: async () => {
      if (node !== undefined) await removeNode(store, node);
    },
  };
}
