import type { AdminApi } from '../../../../src/admin/contract.ts';
import { PERIOD_NAMES, PERIODS } from '../../lib/period.ts';
import { choiceParameter, textParameter } from '../../lib/url-state.ts';

/** An exchange of the list. */
export type Exchange = AdminApi['GET /exchanges']['answer']['exchanges'][number];

/** What the list asks for. */
export type ExchangeQuery = AdminApi['GET /exchanges']['query'];

/** How exchanges end, and `open`. */
export const STATUSES = ['open', 'ok', 'error', 'aborted', 'crashed'] as const;

/** The periods of the list: all time, or one that ends now. */
export const TIMES = ['all', ...PERIOD_NAMES] as const;

/** The search parameters of the list. */
export const ADDRESS = {
  q: textParameter(),
  status: choiceParameter(['', ...STATUSES], ''),
  project: textParameter(),
  key: textParameter(),
  model: textParameter(),
  channel: textParameter(),
  error: textParameter(),
  loss: textParameter(),
  minCost: textParameter(),
  maxCost: textParameter(),
  minMs: textParameter(),
  maxMs: textParameter(),
  time: choiceParameter(TIMES, 'all'),
  live: choiceParameter(['on', 'off'], 'on'),
};

type Read<P> = P extends { fallback: infer T } ? T : never;

/** Their values. */
export type Filters = { [name in keyof typeof ADDRESS]: Read<(typeof ADDRESS)[name]> };

/** No filter at all. */
export const NO_FILTERS: Partial<Filters> = {
  ...{ q: '', status: '', project: '', key: '', model: '', channel: '', error: '', loss: '' },
  ...{ minCost: '', maxCost: '', minMs: '', maxMs: '', time: 'all' },
};

const NANO_PER_USD = 1_000_000_000;

/** What the admin API is asked for; `since` is given, so that the same filters are the same request. */
export function queryOf(filters: Filters, now: number): ExchangeQuery {
  const given = (text: string) => (text.trim() === '' ? undefined : text.trim());
  const amount = (text: string, factor: number) => {
    const value = Number(text);
    return text.trim() === '' || !Number.isFinite(value) || value < 0 ? undefined : Math.round(value * factor);
  };
  return {
    q: given(filters.q),
    status: filters.status === '' ? undefined : filters.status,
    project_id: given(filters.project),
    key_id: given(filters.key),
    model: given(filters.model),
    channel: given(filters.channel),
    error_kind: given(filters.error),
    loss: given(filters.loss),
    min_cost: amount(filters.minCost, NANO_PER_USD),
    max_cost: amount(filters.maxCost, NANO_PER_USD),
    min_ms: amount(filters.minMs, 1),
    max_ms: amount(filters.maxMs, 1),
    since: filters.time === 'all' ? undefined : now - PERIODS[filters.time],
  };
}

/** Whether an exchange that has just been told of belongs into the list. Words are looked for by the server alone. */
export function matches(query: ExchangeQuery, exchange: Exchange): boolean {
  const { cost_nano_usd: cost, ended_at: endedAt, started_at: startedAt } = exchange;
  const took = endedAt === null ? undefined : endedAt - startedAt;
  const isAtLeast = (value: number | null | undefined, bound: number | undefined) =>
    bound === undefined || (typeof value === 'number' && value >= bound);
  const isAtMost = (value: number | null | undefined, bound: number | undefined) =>
    bound === undefined || (typeof value === 'number' && value <= bound);
  const is = (value: string | null, wanted: string | undefined) => wanted === undefined || value === wanted;
  return (
    query.q === undefined &&
    is(exchange.status, query.status) &&
    is(exchange.project_id, query.project_id) &&
    is(exchange.key_id, query.key_id) &&
    is(exchange.model, query.model) &&
    is(exchange.channel, query.channel) &&
    is(exchange.error_kind, query.error_kind) &&
    (query.loss === undefined || exchange.losses.includes(query.loss)) &&
    isAtLeast(cost, query.min_cost) &&
    isAtMost(cost, query.max_cost) &&
    isAtLeast(took, query.min_ms) &&
    isAtMost(took, query.max_ms)
  );
}
