import { z } from '@hono/zod-openapi';
import { modelName } from '../../config/schema-fields.ts';
import { parseStoredRoute, storedRouteSchema } from '../../config/stored.ts';
import type { JsonObject } from '../../core/json.ts';
import { isJsonObject } from '../../core/json.ts';
import { matchesPattern } from '../../core/pattern.ts';
import { listKeys } from '../../store/keys.ts';
import {
  deleteModelRouteStatements,
  listModelRoutes,
  type ModelRouteRecord,
  setModelRouteStatements,
} from '../../store/upstreams/model-routes.ts';
import { makeChange } from '../audited.ts';
import { invalid } from '../channel-book.ts';
import { type AdminParts, type Endpoint, endpoint, NOTHING } from '../endpoint.ts';
import { AdminError } from '../problem.ts';

const modelShape = z.object({
  name: z.string(),
  display_name: z.string().nullable(),
  policy: z.string(),
  fallbacks: z.array(z.string()),
  targets: z.array(
    z.object({
      channel: z.string(),
      credential: z.string(),
      upstream_model: z.string(),
      priority: z.int(),
      weight: z.number(),
      /** Nano-USD per million tokens; null without a price. */
      price: z.record(z.string(), z.number()).nullable(),
    }),
  ),
  max_input_tokens: z.int().nullable(),
  max_output_tokens: z.int().nullable(),
  lifecycle: z.string().nullable(),
  thinking: z.array(z.string()),
  effort: z.array(z.string()),
  structured_outputs: z.boolean().nullable(),
  /** How many of the keys that are not revoked may use it. */
  keys: z.object({ allowed: z.int(), all: z.int() }),
  /** Who says where it goes: the configuration file, a route made here, or its channels alone. */
  route: z.enum(['file', 'stored', 'channels']),
  /** The route made here, in the words of the configuration file. */
  settings: z.record(z.string(), z.unknown()).nullable(),
});

const routeShape = z.object({ name: z.string(), settings: z.record(z.string(), z.unknown()), updated_at: z.int() });

function showRoute({ name, settings, updatedAt }: ModelRouteRecord): z.input<typeof routeShape> {
  return { name, settings, updated_at: updatedAt };
}

const ofOneRoute = {
  owner: 'gateway',
  path: '/models/{name}',
  status: 200,
  params: z.strictObject({ name: z.string().min(1).max(256) }),
  query: NOTHING,
  answer: z.object({ route: routeShape }),
  version: async ({ store }: AdminParts, { name }: Readonly<Record<string, string>>) =>
    (await listModelRoutes(store)).find((each) => each.name === name),
} as const;

/** Public model names and where they go. */
export const modelEndpoints: readonly Endpoint[] = [
  endpoint('admin', {
    owner: 'gateway',
    method: 'get',
    path: '/models',
    summary: 'All public model names, where they go, what they cost and can do, and how many keys may use them',
    status: 200,
    params: NOTHING,
    query: NOTHING,
    body: NOTHING,
    answer: z.object({ models: z.array(modelShape) }),
    handle: async ({ store, upstreams }) => {
      const [routes, keys] = await Promise.all([listModelRoutes(store), listKeys(store)]);
      const live = keys.filter(({ revokedAt }) => revokedAt === null);
      const stored = new Map(routes.map((route) => [route.name, route]));
      const fromFile = upstreams.file();
      return {
        models: upstreams.models().map((model) => {
          const isAllowed = (names: readonly string[] | null) =>
            names === null || names.some((pattern) => matchesPattern(pattern, model.name));
          const allowed = live.filter(({ models, project }) => isAllowed(models) && isAllowed(project.models));
          const own = fromFile.models.has(model.name) ? undefined : stored.get(model.name);
          return {
            ...model,
            fallbacks: [...model.fallbacks],
            targets: model.targets.map((target) => ({ ...target, price: target.price && { ...target.price } })),
            thinking: [...model.thinking],
            effort: [...model.effort],
            keys: { allowed: allowed.length, all: live.length },
            route: fromFile.models.has(model.name)
              ? ('file' as const)
              : own
                ? ('stored' as const)
                : ('channels' as const),
            settings: own?.settings ?? null,
          };
        }),
      };
    },
  }),
  endpoint('admin', {
    owner: 'gateway',
    method: 'post',
    path: '/models',
    summary: 'Give a public name a route of its own, in the words of the configuration file',
    status: 201,
    params: NOTHING,
    query: NOTHING,
    body: storedRouteSchema.extend({ name: modelName }),
    answer: z.object({ route: routeShape }),
    handle: async (parts, call) => {
      const { name } = call.body;
      const isTaken = (await listModelRoutes(parts.store)).some((each) => each.name === name);
      if (isTaken) throw new AdminError('conflict', 'name: has a route already: change that one');
      return setRoute(parts, call, name, undefined);
    },
  }),
  endpoint('admin', {
    ...ofOneRoute,
    method: 'get',
    summary: 'The route of a public name, as it was set',
    body: NOTHING,
    handle: async (parts, { params }) => ({ route: showRoute(await findRoute(parts, params.name)) }),
  }),
  endpoint('admin', {
    ...ofOneRoute,
    method: 'patch',
    summary: 'Put another route in the place of the one that a public name has',
    body: storedRouteSchema,
    handle: async (parts, call) => setRoute(parts, call, call.params.name, await findRoute(parts, call.params.name)),
  }),
  endpoint('admin', {
    ...ofOneRoute,
    method: 'delete',
    summary: 'Take the route of a public name away: it goes where its channels say',
    body: NOTHING,
    handle: async (parts, call) => {
      const route = await findRoute(parts, call.params.name);
      await makeChange(parts, call, deleteModelRouteStatements(route.name), {
        action: 'models.remove',
        subject: `model:${route.name}`,
        before: showRoute(route),
        after: null,
      });
      await parts.upstreams.refresh();
      return { route: showRoute(route) };
    },
  }),
];

async function findRoute({ store }: AdminParts, name: string): Promise<ModelRouteRecord> {
  const route = (await listModelRoutes(store)).find((each) => each.name === name);
  if (!route) throw new AdminError('not_found');
  return route;
}

/** @throws AdminError when the configuration file rules the name, or the route cannot be used. */
async function setRoute(
  parts: AdminParts,
  call: Parameters<typeof makeChange>[1] & { sent: unknown },
  name: string,
  before: ModelRouteRecord | undefined,
): Promise<{ route: z.input<typeof routeShape> }> {
  if (parts.upstreams.file().models.has(name)) {
    throw new AdminError('conflict', 'This model is managed by the configuration file: change it there');
  }
  const { name: _, ...settings }: JsonObject = isJsonObject(call.sent) ? call.sent : {};
  const channels = new Set(parts.upstreams.current().channels.map((channel) => channel.name));
  const { value, problems } = parseStoredRoute({ name, settings }, channels);
  if (value === undefined) throw invalid(problems);
  const at = parts.now();
  const route = { name, settings, createdAt: before?.createdAt ?? at, updatedAt: at };
  await makeChange(parts, call, setModelRouteStatements(route), {
    action: before ? 'models.change' : 'models.create',
    subject: `model:${name}`,
    before: before ? showRoute(before) : null,
    after: showRoute(route),
  });
  await parts.upstreams.refresh();
  return { route: showRoute(route) };
}
