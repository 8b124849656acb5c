import type { JsonObject } from '../../core/json.ts';
import type { Store } from '../open.ts';
import { query, type Statement } from '../query.ts';
import type { ModelRoutesTable } from '../schema.ts';
import { readSettings } from './channels.ts';
import { countUpstreamChange } from './revision.ts';

/** The route of a public model name that was made over the admin API. Times are Unix ms. */
export type ModelRouteRecord = {
  /** The public name. */
  name: string;
  /** In the words of `ezmodel.yaml`, with `fallbacks` beside. */
  settings: JsonObject;
  createdAt: number;
  updatedAt: number;
};

/** All routes, by name. */
export async function listModelRoutes(store: Store): Promise<ModelRouteRecord[]> {
  const rows = await store.reader.all(query.selectFrom('model_routes').selectAll().orderBy('name').compile());
  return rows.map(toRecord);
}

/** The statements that store a route in place of the one of its name. */
export function setModelRouteStatements({ name, settings, createdAt, updatedAt }: ModelRouteRecord): Statement[] {
  const values = { settings: JSON.stringify(settings), updated_at: updatedAt };
  const statement = query
    .insertInto('model_routes')
    .values({ name, ...values, created_at: createdAt })
    .onConflict((conflict) => conflict.column('name').doUpdateSet(values))
    .compile();
  return [statement, countUpstreamChange()];
}

/** The statements that remove a route. */
export function deleteModelRouteStatements(name: string): Statement[] {
  return [query.deleteFrom('model_routes').where('name', '=', name).compile(), countUpstreamChange()];
}

function toRecord({ name, settings, created_at, updated_at }: ModelRoutesTable): ModelRouteRecord {
  const read = readSettings(settings, `the route of ${name}`);
  return { name, settings: read, createdAt: created_at, updatedAt: updated_at };
}
