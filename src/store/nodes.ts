import { sql } from 'kysely';
import type { Store } from './open.ts';
import { query } from './query.ts';

/** How often a process of this name has shown that it lives. */
export type NodeBeats = { id: string; beats: number };

/** Counts one more heartbeat of a process; the first one makes it known. @param now Unix ms. */
export async function writeBeat(store: Store, id: string, now: number): Promise<void> {
  const at = Math.trunc(now);
  await store.writer.run(
    sql`INSERT INTO nodes (id, beats, started_at, seen_at) VALUES (${id}, 1, ${at}, ${at})
      ON CONFLICT (id) DO UPDATE SET beats = nodes.beats + 1, seen_at = excluded.seen_at`.compile(query),
  );
}

/** All processes that have not said good-bye, the dead ones of the last day included. */
export function listBeats(store: Store): Promise<NodeBeats[]> {
  return store.reader.all(query.selectFrom('nodes').select(['id', 'beats']).compile());
}

/** A process ends, with nothing left open. */
export async function removeNode(store: Store, id: string): Promise<void> {
  await store.writer.run(query.deleteFrom('nodes').where('id', '=', id).compile());
}

/** Forgets processes that were last seen before `time` (Unix ms). */
export async function removeSilentNodes(store: Store, time: number): Promise<void> {
  await store.writer.run(query.deleteFrom('nodes').where('seen_at', '<', Math.trunc(time)).compile());
}

/** The processes that have exchanges open; null: one from before processes had names. */
export async function listOpenNodes(store: Store): Promise<(string | null)[]> {
  const rows = await store.reader.all(
    query.selectFrom('exchanges').select('node').distinct().where('outcome', 'is', null).compile(),
  );
  return rows.map(({ node }) => node);
}
