import { z } from '@hono/zod-openapi';
import { reportExchange } from '../../metering/exchange-report.ts';
import { type ExchangeSummary, pageExchanges } from '../../store/exchange-pages.ts';
import { type Endpoint, NOTHING, projectEndpoint } from '../endpoint.ts';
import { AdminError } from '../problem.ts';

const exchangeShape = z.object({
  id: z.string(),
  key_id: z.string(),
  model: z.string(),
  dialect: z.string(),
  stream: z.boolean(),
  status: z.string(),
  started_at: z.int(),
  ended_at: z.int().nullable(),
  first_event_at: z.int().nullable(),
  http_status: z.int().nullable(),
  error_kind: z.string().nullable(),
  channel: z.string().nullable(),
  upstream_model: z.string().nullable(),
  input: z.int(),
  cache_read: z.int(),
  output: z.int(),
  cost_nano_usd: z.int().nullable(),
  estimated: z.boolean(),
  unpriced: z.boolean(),
  attempts: z.int(),
  losses: z.array(z.string()),
});

function showExchange(row: ExchangeSummary): z.input<typeof exchangeShape> {
  const { outcome, stream, estimated, unpriced, losses, ...same } = row;
  return {
    ...same,
    status: outcome ?? 'open',
    stream: stream === 1,
    estimated: estimated === 1,
    unpriced: unpriced === 1,
    losses: losses === null ? [] : losses.split(' '),
  };
}

const name = z.string().min(1).max(256).optional();

/** What clients asked, and what came of it. */
export const exchangeEndpoints: readonly Endpoint[] = [
  projectEndpoint('viewer', {
    method: 'get',
    path: '/exchanges',
    summary: 'Exchanges, newest first, a page at a time',
    status: 200,
    params: NOTHING,
    query: z.strictObject({
      before: z.string().max(64).optional(),
      limit: z.coerce.number().int().min(1).max(200).default(50),
      key_id: name,
      model: name,
      channel: name,
      status: z.enum(['open', 'ok', 'error', 'aborted', 'crashed']).optional(),
      error_kind: name,
    }),
    body: NOTHING,
    answer: z.object({ exchanges: z.array(exchangeShape), next_before: z.string().nullable() }),
    handle: async ({ store }, { query, projects }) => {
      const { before, limit, key_id: keyId, model, channel, status: outcome, error_kind: errorKind } = query;
      const filter = { projectIds: projects.ids, keyId, model, channel, outcome, errorKind };
      const rows = await pageExchanges(store, filter, before, limit);
      const last = rows.length < limit ? undefined : rows.at(-1);
      return { exchanges: rows.map(showExchange), next_before: last?.id ?? null };
    },
  }),
  projectEndpoint('viewer', {
    method: 'get',
    path: '/exchanges/{id}',
    summary: 'One exchange with all its attempts, as `ezmodel exchange ID --json` prints it',
    status: 200,
    params: z.strictObject({ id: z.string().max(64) }),
    query: NOTHING,
    body: NOTHING,
    answer: z.looseObject({ id: z.string(), status: z.string(), attempts: z.array(z.looseObject({})) }),
    handle: async ({ store }, { params, projects }) => {
      const report = await reportExchange(store, params.id);
      if (!report) throw new AdminError('not_found');
      projects.require(report.project_id);
      return { ...report, attempts: report.attempts.map((attempt) => ({ ...attempt })) };
    },
  }),
];
