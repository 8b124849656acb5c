import type { Store } from './open.ts';
import { query, type Statement } from './query.ts';

/** What an operator has taken out of use. */
export type Drain = {
  /** A channel, or `channel/credential`. */
  id: string;
  /** Unix ms. */
  drainedAt: number;
};

/** All that is drained, by id: a handful of rows, so every node simply reads them again and again. */
export async function listDrains(store: Store): Promise<Drain[]> {
  const rows = await store.reader.all(query.selectFrom('drains').selectAll().orderBy('id').compile());
  return rows.map(({ id, drained_at }) => ({ id, drainedAt: drained_at }));
}

/** Drains a channel or credential; the first time stands. Answers false when it was drained already. */
export async function insertDrain(store: Store, drain: Drain): Promise<boolean> {
  return (await store.writer.run(insertDrainStatement(drain))) > 0;
}

/** The statement that drains a channel or credential; the first time stands. */
export function insertDrainStatement({ id, drainedAt }: Drain): Statement {
  return query
    .insertInto('drains')
    .values({ id, drained_at: drainedAt })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .compile();
}

/** Takes a drain back. Answers false when there was none. */
export async function deleteDrain(store: Store, id: string): Promise<boolean> {
  return (await store.writer.run(deleteDrainStatement(id))) > 0;
}

/** The statement that takes a drain back. */
export function deleteDrainStatement(id: string): Statement {
  return query.deleteFrom('drains').where('id', '=', id).compile();
}
