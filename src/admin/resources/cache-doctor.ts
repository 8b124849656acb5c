import { z } from '@hono/zod-openapi';
import { diagnoseCache } from '../../metering/cache-doctor.ts';
import { listSessionExchanges } from '../../store/cache-prefixes.ts';
import { type Endpoint, NOTHING, projectEndpoint } from '../endpoint.ts';
import { AdminError } from '../problem.ts';

/** Why prompt caches hit or missed. */
export const cacheDoctorEndpoints: readonly Endpoint[] = [
  projectEndpoint('viewer', {
    method: 'get',
    path: '/sessions/{id}/cache',
    summary:
      'The exchanges of a session, oldest first, and why the prompt cache of each hit or missed: what changed first, a lapse, another route, or the provider',
    status: 200,
    params: z.strictObject({ id: z.string().max(64) }),
    query: NOTHING,
    body: NOTHING,
    answer: z.object({
      id: z.string(),
      model: z.string(),
      lost_nano_usd: z.int(),
      steps: z.array(
        z.object({
          id: z.string(),
          started_at: z.int(),
          channel: z.string().nullable(),
          upstream_model: z.string().nullable(),
          fresh: z.int(),
          cache_read: z.int(),
          cache_write: z.int(),
          messages: z.int(),
          verdict: z.enum([
            'first',
            'hit',
            'tools_changed',
            'system_changed',
            'message_changed',
            'route_changed',
            'ttl_lapsed',
            'provider_miss',
          ]),
          changed_message: z.int().nullable(),
          gap: z.int().nullable(),
          ttl: z.int(),
          lost_tokens: z.int(),
          lost_nano_usd: z.int().nullable(),
        }),
      ),
    }),
    handle: async ({ store }, { params, projects }) => {
      const exchanges = await listSessionExchanges(store, params.id);
      const [first] = exchanges;
      if (!first) throw new AdminError('not_found');
      projects.require(first.project_id);
      const steps = diagnoseCache(exchanges);
      const lost = steps.reduce((sum, step) => sum + (step.lost_nano_usd ?? 0), 0);
      return { id: params.id, model: first.model, lost_nano_usd: lost, steps };
    },
  }),
];
