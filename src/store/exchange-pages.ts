import type { Outcome } from '../core/exchange.ts';
import { idsOrNone } from './ids-or-none.ts';
import type { Store } from './open.ts';
import { query } from './query.ts';
import type { ExchangeRow } from './usage.ts';

/** Which exchanges a page shows; what is undefined does not matter. */
export type ExchangeFilter = {
  projectIds: readonly string[] | undefined;
  keyId: string | undefined;
  model: string | undefined;
  channel: string | undefined;
  outcome: Outcome | 'open' | undefined;
  errorKind: string | undefined;
};

/** Columns of an exchange that a page shows. */
const SHOWN = [
  'id',
  'key_id',
  'model',
  'dialect',
  'stream',
  'started_at',
  'ended_at',
  'first_event_at',
  'outcome',
  'http_status',
  'error_kind',
  'channel',
  'upstream_model',
  'input',
  'cache_read',
  'output',
  'cost_nano_usd',
  'estimated',
  'unpriced',
  'attempts',
  'losses',
] as const;

/** An exchange as a page shows it; `outcome` is null while it is open. Times are Unix ms. */
export type ExchangeSummary = Pick<ExchangeRow, (typeof SHOWN)[number]>;

/** Up to `limit` exchanges before the one of id `before` (undefined: from the newest), newest first: ids grow with time. */
export function pageExchanges(
  store: Store,
  filter: ExchangeFilter,
  before: string | undefined,
  limit: number,
): Promise<ExchangeSummary[]> {
  const { projectIds, keyId, model, channel, outcome, errorKind } = filter;
  let page = query.selectFrom('exchanges').select(SHOWN).orderBy('id', 'desc').limit(limit);
  if (before !== undefined) page = page.where('id', '<', before);
  if (projectIds !== undefined) page = page.where('project_id', 'in', idsOrNone(projectIds));
  if (keyId !== undefined) page = page.where('key_id', '=', keyId);
  if (model !== undefined) page = page.where('model', '=', model);
  if (channel !== undefined) page = page.where('channel', '=', channel);
  if (errorKind !== undefined) page = page.where('error_kind', '=', errorKind);
  if (outcome === 'open') page = page.where('outcome', 'is', null);
  else if (outcome !== undefined) page = page.where('outcome', '=', outcome);
  return store.reader.all(page.compile());
}
