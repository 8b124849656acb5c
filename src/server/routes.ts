import type { Limits } from '../access/limits/open-limits.ts';
import type { DialectId, Operation } from '../core/dialect.ts';
import type { ChannelHealth } from '../gateway/channel-health.ts';
import type { Gateway } from '../gateway/gateway.ts';
import { mergeHealth } from '../gateway/merge-health.ts';
import type { Store } from '../store/store.ts';
import { type AdminAccess, adminRoute } from './admin-route.ts';
import { BodyBudget } from './body-budget.ts';
import { consoleRoutes } from './console-route.ts';
import { keyHandler } from './key-route.ts';
import { earlyRefusal, modelCallHandler } from './model-call-routes.ts';
import { getModelHandler, listModelsHandler } from './model-routes.ts';
import type { Lifecycle } from './phase.ts';
import type { Route } from './route.ts';
import { sendJson } from './send-json.ts';

/** What models are asked through: path, dialect, operation. */
const MODEL_CALLS: readonly (readonly [path: string, DialectId, Operation])[] = [
  ['/v1/messages', 'anthropic-messages', 'generate'],
  ['/v1/messages/count_tokens', 'anthropic-messages', 'count_tokens'],
  ['/v1/chat/completions', 'openai-chat', 'generate'],
  ['/v1/responses', 'openai-responses', 'generate'],
  ['/v1/responses/input_tokens', 'openai-responses', 'count_tokens'],
];

/** What the gateway goes on without, on its own (law Down): it is ready all the same. */
function dependencies({ disk }: Gateway, { limits: shared, processes }: Beyond, { kind, health }: Store): object {
  const { downFor, spooledBytes, graceLeft } = health();
  return {
    ...(disk.state() !== 'ok' && { disk: disk.state() }),
    ...(shared && { redis: shared.isUp() ? 'up' : 'down' }),
    ...((shared || kind === 'postgres') && { nodes: shared?.nodes() ?? processes() }),
    ...(kind === 'postgres' && { database: downFor === undefined ? 'up' : 'down', spooled_bytes: spooledBytes }),
    ...(graceLeft !== undefined && { grace_left_ms: Math.round(graceLeft) }),
  };
}

/** What lies beyond this process. */
type Beyond = {
  /** Undefined: limits are kept here alone. */
  limits: Limits['shared'];
  /** How each process of this gateway knows its channels. */
  health(): Promise<ChannelHealth[][]>;
  /** How many processes serve together, as far as is known. */
  processes(): number;
};

/** The one route table of the server. */
export function createRoutes(
  gateway: Gateway,
  lifecycle: Lifecycle,
  admin: AdminAccess,
  beyond: Beyond,
): readonly Route[] {
  const budget = new BodyBudget(() => gateway.metrics.countShed('bodies'));
  return [
    ...MODEL_CALLS.map(
      ([path, dialect, operation]): Route => ({
        methods: ['POST'],
        path,
        auth: 'key',
        name: operation,
        refuseEarly: earlyRefusal(gateway),
        handle: modelCallHandler(gateway, budget, dialect, operation),
      }),
    ),
    { methods: ['GET', 'HEAD'], path: '/v1/models', auth: 'key', name: 'models', handle: listModelsHandler(gateway) },
    { methods: ['GET', 'HEAD'], path: '/v1/models/*', auth: 'key', name: 'models', handle: getModelHandler(gateway) },
    {
      methods: ['GET', 'HEAD'],
      path: '/v1/ezmodel/key',
      auth: 'key',
      name: 'key',
      handle: keyHandler(gateway, admin.store),
    },
    adminRoute(gateway, admin, {
      health: async () => mergeHealth(await beyond.health()),
      isClosing: () => lifecycle.phase !== 'open',
    }),
    ...consoleRoutes(gateway),
    {
      methods: ['GET', 'HEAD'],
      path: '/',
      auth: 'none',
      name: 'root',
      handle: ({ responder }) => sendJson(responder, 200, { name: 'EZModel' }),
    },
    {
      methods: ['GET', 'HEAD'],
      path: '/api/hello',
      auth: 'none',
      name: 'root',
      handle: ({ responder }) => sendJson(responder, 200, { name: 'EZModel' }),
    },
    {
      methods: ['GET', 'HEAD'],
      path: '/healthz',
      auth: 'none',
      name: 'health',
      handle: ({ responder }) => sendJson(responder, 200, { status: 'ok' }),
    },
    {
      methods: ['GET', 'HEAD'],
      path: '/healthz/channels',
      auth: 'local',
      name: 'health',
      handle: async ({ responder }) => sendJson(responder, 200, mergeHealth(await beyond.health())),
    },
    {
      methods: ['GET', 'HEAD'],
      path: '/readyz',
      auth: 'none',
      name: 'health',
      handle: ({ responder }) => {
        const whyNot = lifecycle.phase !== 'open' ? 'draining' : gateway.disk.refuses() ? 'disk full' : undefined;
        if (whyNot !== undefined) sendJson(responder, 503, { status: whyNot }, { 'retry-after': '1' });
        else sendJson(responder, 200, { status: 'ready', ...dependencies(gateway, beyond, admin.store) });
      },
    },
    {
      methods: ['GET', 'HEAD'],
      path: '/metrics',
      auth: 'local',
      name: 'metrics',
      handle: async ({ responder }) => {
        const { contentType, body } = await gateway.metrics.render();
        responder.begin(200, { 'content-type': contentType });
        responder.end(Buffer.from(body));
      },
    },
  ];
}
