import { z } from '@hono/zod-openapi';
import { type ExchangeSummary, pageExchanges } from '../../store/exchange-pages.ts';
import { type Endpoint, NOTHING, projectEndpoint } from '../endpoint.ts';

/** An exchange in a list. */
export const exchangeShape = z.object({
  id: z.string(),
  key_id: z.string(),
  project_id: z.string(),
  model: z.string(),
  dialect: z.string(),
  stream: z.boolean(),
  status: z.enum(['open', 'ok', 'error', 'aborted', 'crashed']),
  started_at: z.int(),
  ended_at: z.int().nullable(),
  first_event_at: z.int().nullable(),
  http_status: z.int().nullable(),
  error_kind: z.string().nullable(),
  channel: z.string().nullable(),
  upstream_model: z.string().nullable(),
  input: z.int(),
  cache_read: z.int(),
  cache_write_5m: z.int(),
  cache_write_1h: z.int(),
  output: z.int(),
  cost_nano_usd: z.int().nullable(),
  estimated: z.boolean(),
  unpriced: z.boolean(),
  attempts: z.int(),
  losses: z.array(z.string()),
});

/** An exchange of the books as lists show it. */
export function showExchange(row: ExchangeSummary): z.input<typeof exchangeShape> {
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
const amount = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional();

/** Query parameters that choose exchanges. */
const filters = {
  key_id: name,
  project_id: name,
  model: name,
  channel: name,
  status: z.enum(['open', 'ok', 'error', 'aborted', 'crashed']).optional(),
  error_kind: name,
  loss: name,
  min_cost: amount.describe('Nano-USD'),
  max_cost: amount.describe('Nano-USD'),
  min_ms: amount.describe('From start to end'),
  max_ms: amount.describe('From start to end'),
  since: amount.describe('Unix ms, inclusive'),
  until: amount.describe('Unix ms, exclusive'),
  q: z.string().min(1).max(200).optional().describe('Words of the text of an error'),
};

/** What clients asked, and what came of it. */
export const exchangeEndpoints: readonly Endpoint[] = [
  projectEndpoint('viewer', {
    method: 'get',
    path: '/exchanges',
    summary:
      'Exchanges, newest first, a page at a time. A page that is not full, or empty, may have a next one: a filter that matches little is searched piece by piece',
    status: 200,
    params: NOTHING,
    query: z.strictObject({
      before: z.string().max(64).optional(),
      limit: z.coerce.number().int().min(1).max(200).default(50),
      ...filters,
    }),
    body: NOTHING,
    answer: z.object({ exchanges: z.array(exchangeShape), next_before: z.string().nullable() }),
    handle: async ({ store }, { query, projects }) => {
      const { before, limit } = query;
      if (query.project_id !== undefined) projects.require(query.project_id);
      const filter = {
        keyId: query.key_id,
        projectIds: query.project_id === undefined ? projects.ids : [query.project_id],
        model: query.model,
        channel: query.channel,
        outcome: query.status,
        errorKind: query.error_kind,
        loss: query.loss,
        minCost: query.min_cost,
        maxCost: query.max_cost,
        minDuration: query.min_ms,
        maxDuration: query.max_ms,
        since: query.since,
        until: query.until,
        text: query.q,
      };
      const { rows, next } = await pageExchanges(store, filter, before, limit);
      return { exchanges: rows.map(showExchange), next_before: next ?? null };
    },
  }),
];
