import type { Store } from './open.ts';
import { query } from './query.ts';

/** Keeps the fingerprint of the first pepper that keys of this store were made with; answers the one that is kept. */
export async function keepPepperFingerprint(store: Store, fingerprint: number): Promise<number> {
  await store.writer.run(
    query
      .insertInto('revisions')
      .values({ name: 'pepper', value: fingerprint })
      .onConflict((conflict) => conflict.doNothing())
      .compile(),
  );
  const [row] = await store.reader.all(
    query.selectFrom('revisions').select('value').where('name', '=', 'pepper').compile(),
  );
  return row?.value ?? fingerprint;
}
