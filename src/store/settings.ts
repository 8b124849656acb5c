import type { Json } from '../core/json.ts';
import type { Store } from './open.ts';
import { query, type Statement } from './query.ts';
import { countUpstreamChange } from './upstreams/revision.ts';

/** What was set over the admin API, by name; values are as they were written. */
export async function readSettings(store: Store): Promise<Map<string, unknown>> {
  const rows = await store.reader.all(query.selectFrom('settings').selectAll().orderBy('name').compile());
  return new Map(
    rows.map(({ name, value }) => {
      const read: unknown = JSON.parse(value);
      return [name, read];
    }),
  );
}

/** The statements that set something at `at` (Unix ms), or take it back with null, and tell every process. */
export function setSettingStatements(name: string, value: Json, at: number): Statement[] {
  if (value === null) {
    return [query.deleteFrom('settings').where('name', '=', name).compile(), countUpstreamChange()];
  }
  const values = { value: JSON.stringify(value), updated_at: at };
  const statement = query
    .insertInto('settings')
    .values({ name, ...values })
    .onConflict((conflict) => conflict.column('name').doUpdateSet(values))
    .compile();
  return [statement, countUpstreamChange()];
}
