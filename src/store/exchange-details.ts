import { sql } from 'kysely';
import type { Outcome } from '../core/exchange.ts';
import type { Store } from './open.ts';
import { query } from './query.ts';
import type { Counter } from './tables/counters.ts';

/** An exchange as it stands in the books; `outcome` is null while it is open. Times are Unix ms. */
export type ExchangeRecord = {
  id: string;
  key_id: string;
  key_name: string | null;
  project_id: string;
  model: string;
  dialect: string;
  stream: number;
  started_at: number;
  ended_at: number | null;
  outcome: Outcome | null;
  http_status: number | null;
  error_kind: string | null;
  cost_nano_usd: number | null;
  losses: string | null;
};

/** One attempt of an exchange, with what it was charged; the counters are null while it is open. */
export type AttemptRecord = { [column in Counter]: number | null } & {
  attempt: number;
  channel: string;
  provider: string;
  upstream_model: string;
  dialect: string | null;
  reason: string | null;
  started_at: number;
  waited_ms: number | null;
  connect_ms: number | null;
  sent_at: number | null;
  headers_at: number | null;
  first_event_at: number | null;
  ended_at: number | null;
  outcome: Outcome | null;
  http_status: number | null;
  error_kind: string | null;
  upstream_request_id: string | null;
  /** JSON objects. */
  client_headers: string | null;
  answer_headers: string | null;
  request_bytes: number;
  answer_bytes: number;
  price_version: string | null;
  cost_nano_usd: number | null;
  partial: number | null;
  estimated: number | null;
  unpriced: number | null;
};

/** An exchange by its request id; undefined when there is none. */
export async function findExchange(store: Store, id: string): Promise<ExchangeRecord | undefined> {
  const [row] = await store.reports.all(
    sql<ExchangeRecord>`SELECT e.id, e.key_id, k.name AS key_name, e.project_id, e.model, e.dialect, e.stream, e.started_at,
        e.ended_at, e.outcome, e.http_status, e.error_kind, e.cost_nano_usd, e.losses
      FROM exchanges e LEFT JOIN keys k ON k.id = e.key_id WHERE e.id = ${id}`.compile(query),
  );
  return row;
}

/** The attempts of an exchange, in the order in which they were made. */
export function listAttempts(store: Store, exchangeId: string): Promise<AttemptRecord[]> {
  return store.reports.all(
    sql<AttemptRecord>`SELECT a.attempt, a.channel, a.provider, a.upstream_model, a.dialect, a.reason, a.started_at,
        a.waited_ms, a.connect_ms, a.sent_at, a.headers_at, a.first_event_at, a.ended_at, a.outcome, a.http_status, a.error_kind,
        a.upstream_request_id, a.client_headers, a.answer_headers, a.request_bytes, a.answer_bytes,
        l.price_version, l.cost_nano_usd, l.partial, l.estimated, l.unpriced,
        l.input, l.cache_read, l.cache_write_5m, l.cache_write_1h, l.output, l.reasoning, l.web_searches,
        l.web_fetches, l.file_searches, l.code_containers
      FROM attempts a LEFT JOIN ledger l
        ON l.exchange_id = a.exchange_id AND l.attempt = a.attempt AND l.kind = 'charge'
      WHERE a.exchange_id = ${exchangeId} ORDER BY a.attempt`.compile(query),
  );
}
