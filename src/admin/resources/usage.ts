import { z } from '@hono/zod-openapi';
import { reportUsage } from '../../metering/usage.ts';
import { type Endpoint, NOTHING, projectEndpoint } from '../endpoint.ts';

const DAY = 24 * 60 * 60_000;

const figures = {
  exchanges: z.int(),
  input_tokens: z.int(),
  output_tokens: z.int(),
  cache_read_tokens: z.int(),
  cache_write_tokens: z.int(),
  cost_nano_usd: z.int(),
};

/** What was used, from the roll-ups. */
export const usageEndpoints: readonly Endpoint[] = [
  projectEndpoint('viewer', {
    method: 'get',
    path: '/usage',
    summary: 'Tokens and cost by day, key and model',
    status: 200,
    params: NOTHING,
    query: z.strictObject({ since: z.coerce.number().int().nonnegative().optional() }),
    body: NOTHING,
    answer: z.object({
      totals: z.object(figures),
      groups: z.array(
        z.object({
          day: z.string(),
          key_id: z.string(),
          key_name: z.string().nullable(),
          model: z.string(),
          ...figures,
        }),
      ),
    }),
    handle: ({ store, now }, { query, projects }) =>
      reportUsage(store, { since: query.since ?? now() - 30 * DAY, projectIds: projects.ids }),
  }),
];
