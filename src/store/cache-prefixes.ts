import { sql } from 'kysely';
import type { Store } from './open.ts';
import { query } from './query.ts';

/** Digests of what a prompt cache goes by, in the order in which upstreams read it. */
export type CachePrefix = {
  exchangeId: string;
  /** A digest; see `routing/session-key.ts`. */
  session: string;
  /** How long the cache was asked to keep it, in ms; undefined where the request does not say. */
  ttl: number | undefined;
  tools: string;
  system: string;
  messages: readonly string[];
};

/** Exchanges of a session that are looked at, the newest. */
const MOST_LISTED = 200;

/** Queues the digests of an exchange; losing them with a crash harms no books. */
export function postCachePrefix(store: Store, prefix: CachePrefix): void {
  const { exchangeId, session, ttl, tools, system, messages } = prefix;
  store.writer.post([
    'run',
    `INSERT INTO cache_prefixes (exchange_id, session, ttl, tools, system, messages) VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT (exchange_id) DO NOTHING`,
    [exchangeId, session, ttl ?? null, tools, system, messages.join(' ')],
  ]);
}

/** An exchange of a session with its digests and what its cache did; `price_*` are those of its last charge. Times are Unix ms. */
export type SessionExchange = {
  id: string;
  key_id: string;
  project_id: string;
  model: string;
  started_at: number;
  ended_at: number | null;
  outcome: string | null;
  channel: string | null;
  upstream_model: string | null;
  input: number;
  cache_read: number;
  cache_write_5m: number;
  cache_write_1h: number;
  cost_nano_usd: number | null;
  ttl: number | null;
  tools: string;
  system: string;
  messages: string;
  price_id: string | null;
  price_version: string | null;
  price_rates: string | null;
};

/** The exchanges of a session, oldest first. */
export async function listSessionExchanges(store: Store, session: string): Promise<SessionExchange[]> {
  const rows = await store.reports.all(
    sql<SessionExchange>`SELECT e.id, e.key_id, e.project_id, e.model, e.started_at, e.ended_at, e.outcome, e.channel,
        e.upstream_model, e.input, e.cache_read, e.cache_write_5m, e.cache_write_1h, e.cost_nano_usd,
        c.ttl, c.tools, c.system, c.messages, p.id AS price_id, p.version AS price_version, p.rates AS price_rates
      FROM cache_prefixes c JOIN exchanges e ON e.id = c.exchange_id
        LEFT JOIN ledger l ON l.exchange_id = e.id AND l.attempt = e.attempts AND l.kind = 'charge'
        LEFT JOIN prices p ON p.id = l.price_id
      WHERE c.session = ${session} ORDER BY c.exchange_id DESC LIMIT ${MOST_LISTED}`.compile(query),
  );
  return rows.reverse();
}

/** The session of an exchange; undefined where none was told, or it was too short for a cache. */
export async function findSession(store: Store, exchangeId: string): Promise<string | undefined> {
  const [row] = await store.reports.all(
    sql<{ session: string }>`SELECT session FROM cache_prefixes WHERE exchange_id = ${exchangeId}`.compile(query),
  );
  return row?.session;
}
