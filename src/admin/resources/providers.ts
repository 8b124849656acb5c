import { z } from '@hono/zod-openapi';
import { type Endpoint, endpoint, NOTHING } from '../endpoint.ts';

/** What channels can be made of. */
export const providerEndpoints: readonly Endpoint[] = [
  endpoint('admin', {
    owner: 'gateway',
    method: 'get',
    path: '/providers',
    summary: 'The providers that a channel can name, with what a form about one needs',
    status: 200,
    params: NOTHING,
    query: NOTHING,
    body: NOTHING,
    answer: z.object({
      providers: z.array(
        z.object({
          id: z.string(),
          name: z.string(),
          /** Null where a channel must name its own address. */
          base_url: z.string().nullable(),
          needs_key: z.boolean(),
          /** Whether it is answered in the gateway itself. */
          simulated: z.boolean(),
          dialects: z.array(z.string()),
          default_models: z.array(z.string()),
          known_models: z.array(z.string()),
        }),
      ),
    }),
    handle: async ({ upstreams }) => ({
      providers: upstreams.providers.map((provider) => ({
        id: provider.id,
        name: provider.name,
        base_url: provider.defaultBaseUrl ?? null,
        needs_key: provider.auth !== 'none' && provider.transport === 'http',
        simulated: provider.transport === 'simulator',
        dialects: Object.keys(provider.endpoints),
        default_models: [...provider.defaultModels],
        known_models: provider.models.filter(({ fault }) => fault === undefined).map(({ id }) => id),
      })),
    }),
  }),
];
