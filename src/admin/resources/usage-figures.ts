import { z } from '@hono/zod-openapi';
import { forecastBudgets } from '../../metering/budget-forecast.ts';
import { type Period, type Scope, seriesOf, summarize, topOf } from '../../metering/usage-figures.ts';
import { type Endpoint, NOTHING, projectEndpoint } from '../endpoint.ts';
import { visibleSubjects } from '../visible-subjects.ts';

const HOUR = 60 * 60_000;
const DAY = 24 * HOUR;

/** Longest series, in steps. */
const MOST_STEPS = 2_000;

const latency = z.object({ p50: z.int(), p90: z.int(), p99: z.int() }).nullable();

const figures = {
  requests: z.int(),
  errors: z.int(),
  unpriced: z.int(),
  fresh_tokens: z.int(),
  cache_read_tokens: z.int(),
  cache_write_tokens: z.int(),
  output_tokens: z.int(),
  cost_nano_usd: z.int(),
  saved_nano_usd: z.int(),
  first_event_ms: latency,
  total_ms: latency,
};

const time = z.coerce.number().int().min(0).max(8_000_000_000_000).optional();
const name = z.string().min(1).max(256).optional();

/** Query parameters that say which exchanges count: without a period, those of the last day. */
const chosen = {
  since: time.describe('Unix ms; counted from the hour that it is in'),
  until: time.describe('Unix ms; the hour that it is in is counted'),
  project_id: name,
  key_id: name,
  model: name,
  channel: name,
};

type Chosen = z.output<z.ZodObject<typeof chosen>>;

function periodOf({ since, until }: Chosen, now: number): Period {
  const end = until ?? now;
  return { since: Math.min(since ?? end - DAY, end), until: end };
}

/** @throws AdminError for a project that is not the caller's. */
function scopeOf(
  { project_id: projectId, key_id: keyId, model, channel }: Chosen,
  projects: { ids: readonly string[] | undefined; require(projectId: string): void },
): Scope {
  if (projectId !== undefined) projects.require(projectId);
  return { projectIds: projectId === undefined ? projects.ids : [projectId], keyId, model, channel };
}

/** Figures of any period, from the roll-ups of hours. */
export const usageFigureEndpoints: readonly Endpoint[] = [
  projectEndpoint('viewer', {
    method: 'get',
    path: '/usage/summary',
    summary: 'Figures of a period, and of the one of the same length before it',
    status: 200,
    params: NOTHING,
    query: z.strictObject(chosen),
    body: NOTHING,
    answer: z.object({
      since: z.int(),
      until: z.int(),
      current: z.object(figures),
      previous: z.object(figures),
    }),
    handle: ({ store, now }, { query, projects }) => summarize(store, scopeOf(query, projects), periodOf(query, now())),
  }),
  projectEndpoint('viewer', {
    method: 'get',
    path: '/usage/series',
    summary: 'Figures by hour or day, steps without any exchange included; the longer the period, the longer the steps',
    status: 200,
    params: NOTHING,
    query: z.strictObject({
      ...chosen,
      step: z.enum(['hour', 'day']).default('hour'),
      offset_minutes: z.coerce
        .number()
        .int()
        .min(-1_440)
        .max(1_440)
        .default(0)
        .describe('By how much days begin before those of UTC'),
    }),
    body: NOTHING,
    answer: z.object({ step_ms: z.int(), points: z.array(z.object({ at: z.int(), ...figures })) }),
    handle: async ({ store, now }, { query, projects }) => {
      const period = periodOf(query, now());
      const asked = query.step === 'day' ? 24 : 1;
      const fewest = Math.ceil((period.until - period.since) / HOUR / MOST_STEPS);
      const step = fewest <= asked ? asked : Math.ceil(fewest / 24) * 24;
      const points = await seriesOf(store, scopeOf(query, projects), period, { step, offset: query.offset_minutes });
      return { step_ms: step * HOUR, points };
    },
  }),
  projectEndpoint('viewer', {
    method: 'get',
    path: '/usage/top',
    summary: 'The keys, models, channels or projects with the highest figures of a period',
    status: 200,
    params: NOTHING,
    query: z.strictObject({
      ...chosen,
      by: z.enum(['key', 'model', 'channel', 'project']).default('key'),
      sort: z.enum(['cost', 'requests', 'errors', 'tokens']).default('cost'),
      limit: z.coerce.number().int().min(1).max(100).default(10),
    }),
    body: NOTHING,
    answer: z.object({
      items: z.array(z.object({ id: z.string(), name: z.string().nullable(), ...figures })),
    }),
    handle: async ({ store, now }, { query, projects }) => {
      const { by, sort: ranking, limit } = query;
      const period = periodOf(query, now());
      return { items: await topOf(store, scopeOf(query, projects), period, { by, ranking, limit }) };
    },
  }),
  projectEndpoint('viewer', {
    method: 'get',
    path: '/usage/budgets',
    summary: 'Your budgets with their burn-down, and how they go on at the present pace',
    status: 200,
    params: NOTHING,
    query: NOTHING,
    body: NOTHING,
    answer: z.object({
      budgets: z.array(
        z.object({
          id: z.string(),
          name: z.string(),
          subject: z.string(),
          period: z.string(),
          hard: z.boolean(),
          amount_nano_usd: z.int(),
          spent_nano_usd: z.int(),
          reserved_nano_usd: z.int(),
          period_start: z.int(),
          resets_at: z.int().nullable(),
          burn_down: z.array(z.object({ at: z.int(), spent_nano_usd: z.int() })).nullable(),
          forecast_nano_usd: z.int().nullable(),
          exhausted_at: z.int().nullable(),
        }),
      ),
    }),
    handle: async ({ store, now }, { projects }) => ({
      budgets: await forecastBudgets(store, now(), await visibleSubjects(store, projects)),
    }),
  }),
];
