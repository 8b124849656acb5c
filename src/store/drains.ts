import type { Store } from './open.ts';
import { query } from './query.ts';

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
export async function insertDrain(store: Store, { id, drainedAt }: Drain): Promise<boolean> {
  const statement = query
    .insertInto('drains')
    .values({ id, drained_at: drainedAt })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .compile();
  return (await store.writer.run(statement)) > 0;
}

/** Takes a drain back. Answers false when there was none. */
export async function deleteDrain(store: Store, id: string): Promise<boolean> {
  return (await store.writer.run(query.deleteFrom('drains').where('id', '=', id).compile())) > 0;
}
