import type { LimitRule, LimitScope, LimitValues } from '../core/limit.ts';
import { LIMIT_MEASURES, LIMIT_SCOPES } from '../core/limit.ts';
import { StoreError } from './failure.ts';
import type { Store } from './open.ts';
import { query, type Statement } from './query.ts';
import type { LimitsTable } from './schema.ts';

/** What tells limits apart: there is one set for each. */
export type LimitPlace = Pick<LimitRule, 'scope' | 'id' | 'model'>;

/** All limits that were set by command, in a lasting order. */
export async function listLimits(store: Store): Promise<LimitRule[]> {
  const rows = await store.reader.all(
    query.selectFrom('limits').selectAll().orderBy('scope').orderBy('scope_id').orderBy('model').compile(),
  );
  return rows.map(toRule);
}

/** Stores a set of limits in place of the one that is there. */
export async function setLimit(store: Store, rule: LimitRule): Promise<void> {
  // One after the other on one connection: whoever sees the new revision sees the new limits.
  await Promise.all(setLimitStatements(rule).map((statement) => store.writer.run(statement)));
}

/** The statements that store a set of limits in place of the one that is there. */
export function setLimitStatements(rule: LimitRule): Statement[] {
  const { scope, id, model, burst } = rule;
  const values = {
    ...Object.fromEntries(LIMIT_MEASURES.map((measure) => [measure, rule.values[measure] ?? null])),
    burst,
  };
  const statement = query
    .insertInto('limits')
    .values({ scope, scope_id: id, model, ...values })
    .onConflict((conflict) => conflict.columns(['scope', 'scope_id', 'model']).doUpdateSet(values))
    .compile();
  return [statement, countChange()];
}

/** Removes a set of limits. Answers false when there is none. */
export async function removeLimit(store: Store, place: LimitPlace): Promise<boolean> {
  const [removed = 0] = await Promise.all(removeLimitStatements(place).map((each) => store.writer.run(each)));
  return removed > 0;
}

/** The statements that remove a set of limits. */
export function removeLimitStatements({ scope, id, model }: LimitPlace): Statement[] {
  const statement = query
    .deleteFrom('limits')
    .where('scope', '=', scope)
    .where('scope_id', '=', id)
    .where('model', '=', model)
    .compile();
  return [statement, countChange()];
}

/** A number that grows with every change of any limit, by any process. */
export async function limitsRevision(store: Store): Promise<number> {
  const [row] = await store.reader.all(
    query.selectFrom('revisions').select('value').where('name', '=', 'limits').compile(),
  );
  if (row === undefined) throw new StoreError('corrupt', 'the revision of the limits is missing');
  return row.value;
}

function countChange(): Statement {
  return query
    .updateTable('revisions')
    .set((column) => ({ value: column('value', '+', 1) }))
    .where('name', '=', 'limits')
    .compile();
}

function toRule(row: LimitsTable): LimitRule {
  const values: LimitValues = {};
  for (const measure of LIMIT_MEASURES) {
    const value = row[measure];
    if (value !== null) values[measure] = value;
  }
  return { scope: scopeOf(row.scope), id: row.scope_id, model: row.model, values, burst: row.burst };
}

function scopeOf(text: string): LimitScope {
  const scope = LIMIT_SCOPES.find((known) => known === text);
  if (scope === undefined) throw new StoreError('corrupt', `limits know no scope ${text}`);
  return scope;
}
