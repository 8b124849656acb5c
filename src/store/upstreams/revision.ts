import { StoreError } from '../failure.ts';
import type { Store } from '../open.ts';
import { query, type Statement } from '../query.ts';

/** A number that grows with every change of a channel, a credential or a model route, by any process. */
export async function upstreamsRevision(store: Store): Promise<number> {
  const [row] = await store.reader.all(
    query.selectFrom('revisions').select('value').where('name', '=', 'upstreams').compile(),
  );
  if (row === undefined) throw new StoreError('corrupt', 'the revision of the upstreams is missing');
  return row.value;
}

/** The statement that tells every process of a change; in one transaction with it. */
export function countUpstreamChange(): Statement {
  return query
    .updateTable('revisions')
    .set((column) => ({ value: column('value', '+', 1) }))
    .where('name', '=', 'upstreams')
    .compile();
}
