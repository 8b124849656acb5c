import type { Outcome } from '../core/exchange.ts';
import type { Store } from './open.ts';
import { query } from './query.ts';

/** Which exchanges a page shows; what is undefined does not matter. */
export type ExchangeFilter = {
  keyId: string | undefined;
  model: string | undefined;
  channel: string | undefined;
  outcome: Outcome | 'open' | undefined;
  errorKind: string | undefined;
};

/** An exchange as a page shows it; `outcome` is null while it is open. Times are Unix ms. */
export type ExchangeSummary = {
  id: string;
  key_id: string;
  model: string;
  dialect: string;
  stream: number;
  started_at: number;
  ended_at: number | null;
  first_event_at: number | null;
  outcome: Outcome | null;
  http_status: number | null;
  error_kind: string | null;
  channel: string | null;
  upstream_model: string | null;
  input: number;
  cache_read: number;
  output: number;
  cost_nano_usd: number | null;
  estimated: number;
  unpriced: number;
  attempts: number;
  losses: string | null;
};

/** Up to `limit` exchanges before the one of id `before` (undefined: from the newest), newest first: ids grow with time. */
export function pageExchanges(
  store: Store,
  filter: ExchangeFilter,
  before: string | undefined,
  limit: number,
): Promise<ExchangeSummary[]> {
  const { keyId, model, channel, outcome, errorKind } = filter;
  let page = query
    .selectFrom('exchanges')
    .select(['id', 'key_id', 'model', 'dialect', 'stream', 'started_at', 'ended_at', 'first_event_at'])
    .select(['outcome', 'http_status', 'error_kind', 'channel', 'upstream_model', 'input', 'cache_read', 'output'])
    .select(['cost_nano_usd', 'estimated', 'unpriced', 'attempts', 'losses'])
    .orderBy('id', 'desc')
    .limit(limit);
  if (before !== undefined) page = page.where('id', '<', before);
  if (keyId !== undefined) page = page.where('key_id', '=', keyId);
  if (model !== undefined) page = page.where('model', '=', model);
  if (channel !== undefined) page = page.where('channel', '=', channel);
  if (errorKind !== undefined) page = page.where('error_kind', '=', errorKind);
  if (outcome === 'open') page = page.where('outcome', 'is', null);
  else if (outcome !== undefined) page = page.where('outcome', '=', outcome);
  return store.reader.all(page.compile());
}
