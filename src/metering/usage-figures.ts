import { latencyQuantile } from '../core/latency-buckets.ts';
import type { Store } from '../store/open.ts';
import { HOUR_MS } from '../store/tables/hourly.ts';
import {
  type Dimension,
  type FiguresBy,
  type FiguresFilter,
  type FiguresRow,
  namesOf,
  sumFiguresWithTimes,
  type TimesRow,
} from '../store/usage-figures.ts';

/** Quantiles of a latency in ms, each between the bounds of its bucket. */
export type Latency = { p50: number; p90: number; p99: number };

/** Figures of settled exchanges. Money is nano-USD; latencies are those of good answers, null where there was none. */
export type Figures = {
  requests: number;
  errors: number;
  /** Exchanges without a price, whose cost is not in `cost_nano_usd`. */
  unpriced: number;
  fresh_tokens: number;
  cache_read_tokens: number;
  cache_write_tokens: number;
  output_tokens: number;
  cost_nano_usd: number;
  /** What prompts would have cost more without the caches; negative where writing them was not worth it. */
  saved_nano_usd: number;
  first_event_ms: Latency | null;
  total_ms: Latency | null;
};

/** Which exchanges count. Times are Unix ms, rounded to whole hours: what an hour began with belongs to it. */
export type Period = { since: number; until: number };

/** Whose exchanges count. */
export type Scope = Omit<FiguresFilter, 'fromHour' | 'toHour'>;

/** A period as whole hours. */
export function wholeHours({ since, until }: Period): { fromHour: number; toHour: number } {
  return { fromHour: Math.floor(since / HOUR_MS), toHour: Math.ceil(until / HOUR_MS) };
}

/** The figures of a period, and of the one of the same length before it. */
export async function summarize(store: Store, scope: Scope, period: Period) {
  const { fromHour, toHour } = wholeHours(period);
  const filter = { ...scope, fromHour, toHour };
  const before = { ...scope, fromHour: 2 * fromHour - toHour, toHour: fromHour };
  const [current, previous] = await Promise.all([figuresBy(store, filter, 'all'), figuresBy(store, before, 'all')]);
  return {
    since: fromHour * HOUR_MS,
    until: toHour * HOUR_MS,
    current: current.get('') ?? toFigures(undefined),
    previous: previous.get('') ?? toFigures(undefined),
  };
}

/** One step of a series. */
export type SeriesPoint = { at: number } & Figures;

/**
 * The figures of each step of a period, steps without any exchange included.
 * @param step hours; 24 for days.
 * @param offset minutes by which days begin before those of UTC.
 */
export async function seriesOf(
  store: Store,
  scope: Scope,
  period: Period,
  { step, offset }: { step: number; offset: number },
): Promise<SeriesPoint[]> {
  const { fromHour, toHour } = wholeHours(period);
  const shift = Math.floor(offset / 60);
  const figures = await figuresBy(store, { ...scope, fromHour, toHour }, { hours: step, shift });
  const points: SeriesPoint[] = [];
  for (let number = Math.floor((fromHour + shift) / step); number * step - shift < toHour; number++) {
    const each = figures.get(String(number)) ?? toFigures(undefined);
    points.push({ at: (number * step - shift) * HOUR_MS, ...each });
  }
  return points;
}

/** What the items of a list can be ordered by. */
export type Ranking = 'cost' | 'requests' | 'errors' | 'tokens';

const RANKINGS: Record<Ranking, (figures: Figures) => number> = {
  cost: (figures) => figures.cost_nano_usd,
  requests: (figures) => figures.requests,
  errors: (figures) => figures.errors,
  tokens: ({ fresh_tokens, cache_read_tokens, cache_write_tokens, output_tokens }) =>
    fresh_tokens + cache_read_tokens + cache_write_tokens + output_tokens,
};

/** The keys, models, channels or projects with the highest figures; `name` is null for what is gone. */
export async function topOf(
  store: Store,
  scope: Scope,
  period: Period,
  { by, ranking, limit }: { by: Dimension; ranking: Ranking; limit: number },
): Promise<({ id: string; name: string | null } & Figures)[]> {
  const figures = await figuresBy(store, { ...scope, ...wholeHours(period) }, by);
  const rank = RANKINGS[ranking];
  const top = [...figures].toSorted(([, a], [, b]) => rank(b) - rank(a)).slice(0, limit);
  const ids = top.map(([id]) => id);
  const names =
    by === 'key' || by === 'project' ? await namesOf(store, by === 'key' ? 'keys' : 'projects', ids) : undefined;
  return top.map(([id, each]) => ({ id, name: names ? (names.get(id) ?? null) : id, ...each }));
}

async function figuresBy(store: Store, filter: FiguresFilter, by: FiguresBy): Promise<Map<string, Figures>> {
  const rows = await sumFiguresWithTimes(store, filter, by);
  return new Map(rows.map((row) => [row.name, toFigures(row)]));
}

function toFigures(sums: (FiguresRow & TimesRow) | undefined): Figures {
  return {
    requests: sums?.exchanges ?? 0,
    errors: sums?.errors ?? 0,
    unpriced: sums?.unpriced ?? 0,
    fresh_tokens: sums?.input ?? 0,
    cache_read_tokens: sums?.cache_read ?? 0,
    cache_write_tokens: (sums?.cache_write_5m ?? 0) + (sums?.cache_write_1h ?? 0),
    output_tokens: sums?.output ?? 0,
    cost_nano_usd: sums?.cost_nano_usd ?? 0,
    saved_nano_usd: sums?.savedNanoUsd ?? 0,
    first_event_ms: toLatency(sums?.firstEvent),
    total_ms: toLatency(sums?.total),
  };
}

function toLatency(counts: readonly number[] | undefined): Latency | null {
  const [p50, p90, p99] = [0.5, 0.9, 0.99].map((quantile) => latencyQuantile(counts ?? [], quantile));
  return typeof p50 === 'number' && typeof p90 === 'number' && typeof p99 === 'number' ? { p50, p90, p99 } : null;
}
