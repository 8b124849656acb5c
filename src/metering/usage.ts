import type { Outcome } from '../core/exchange.ts';
import type { Store } from '../store/open.ts';
import { type ExchangeRow, listExchanges, sumUsage, type UsageSums } from '../store/usage.ts';

/** Figures of settled exchanges, named as `ezmodel usage --json` prints them. `input_tokens` is fresh input alone. */
export type UsageFigures = {
  exchanges: number;
  input_tokens: number;
  output_tokens: number;
  cache_read_tokens: number;
  /** Both lifetimes. */
  cache_write_tokens: number;
  cost_nano_usd: number;
};

/** Figures of one day (UTC, `YYYY-MM-DD`), key and model. */
export type UsageByGroup = UsageFigures & { day: string; key_id: string; key_name: string | null; model: string };

/** One exchange; times are Unix ms. */
export type UsageRow = {
  request_id: string;
  status: 'open' | Outcome;
  partial: boolean;
  estimated: boolean;
  unpriced: boolean;
  stream: boolean;
  dialect: string;
  http_status: number | null;
  error_kind: string | null;
  model: string;
  channel: string | null;
  upstream_model: string | null;
  /** Of the last attempt. */
  upstream_request_id: string | null;
  key_id: string;
  project_id: string;
  tags: string[];
  started_at: number;
  first_event_at: number | null;
  ended_at: number | null;
  input_tokens: number;
  output_tokens: number;
  reasoning_tokens: number;
  cache_read_tokens: number;
  cache_write_tokens: number;
  cache_write_5m_tokens: number;
  cache_write_1h_tokens: number;
  web_searches: number;
  /** Null while open, and when unpriced. */
  cost_nano_usd: number | null;
  attempts: number;
  /** Codes of what conversion changed or dropped. */
  losses: string[];
};

/** What `ezmodel usage --json` prints; `rows` only on demand. */
export type UsageReport = { totals: UsageFigures; groups: UsageByGroup[]; rows?: UsageRow[] };

/** Usage of exchanges that started at `since` (Unix ms; default: all time) or later. Open ones are in `rows` alone. */
export async function reportUsage(
  store: Store,
  options: { since?: number; rows?: boolean; projectIds?: readonly string[] | undefined } = {},
): Promise<UsageReport> {
  const since = Math.max(0, Math.trunc(options.since ?? 0));
  const groups = (await sumUsage(store, since, options.projectIds)).map(
    ({ day, key_id, key_name, model, ...sums }) => ({
      day,
      key_id,
      key_name,
      model,
      ...toFigures(sums),
    }),
  );
  const report = { totals: addUp(groups), groups };
  if (options.rows !== true) return report;
  return { ...report, rows: (await listExchanges(store, { from: since })).map(toUsageRow) };
}

/** Sums as they are printed. */
export function toFigures(sums: UsageSums): UsageFigures {
  return {
    exchanges: sums.exchanges,
    input_tokens: sums.input,
    output_tokens: sums.output,
    cache_read_tokens: sums.cache_read,
    cache_write_tokens: sums.cache_write_5m + sums.cache_write_1h,
    cost_nano_usd: sums.cost_nano_usd,
  };
}

/** The sum of figures. */
export function addUp(groups: readonly UsageFigures[]): UsageFigures {
  const sum = (figure: keyof UsageFigures): number => groups.reduce((total, group) => total + group[figure], 0);
  return {
    exchanges: sum('exchanges'),
    input_tokens: sum('input_tokens'),
    output_tokens: sum('output_tokens'),
    cache_read_tokens: sum('cache_read_tokens'),
    cache_write_tokens: sum('cache_write_tokens'),
    cost_nano_usd: sum('cost_nano_usd'),
  };
}

/** An exchange as it is printed. */
export function toUsageRow(row: ExchangeRow): UsageRow {
  return {
    request_id: row.id,
    status: row.outcome ?? 'open',
    partial: row.partial === 1,
    estimated: row.estimated === 1,
    unpriced: row.unpriced === 1,
    stream: row.stream === 1,
    dialect: row.dialect,
    http_status: row.http_status,
    error_kind: row.error_kind,
    model: row.model,
    channel: row.channel,
    upstream_model: row.upstream_model,
    upstream_request_id: row.upstream_request_id,
    key_id: row.key_id,
    project_id: row.project_id,
    tags: row.tags === null ? [] : row.tags.split(' '),
    started_at: row.started_at,
    first_event_at: row.first_event_at,
    ended_at: row.ended_at,
    input_tokens: row.input,
    output_tokens: row.output,
    reasoning_tokens: row.reasoning,
    cache_read_tokens: row.cache_read,
    cache_write_tokens: row.cache_write_5m + row.cache_write_1h,
    cache_write_5m_tokens: row.cache_write_5m,
    cache_write_1h_tokens: row.cache_write_1h,
    web_searches: row.web_searches,
    cost_nano_usd: row.cost_nano_usd,
    attempts: row.attempts,
    losses: row.losses === null ? [] : row.losses.split(' '),
  };
}
