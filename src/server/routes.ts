import type { Gateway } from '../gateway/gateway.ts';
import { messagesHandler } from './message-routes.ts';
import { getModelHandler, listModelsHandler } from './model-routes.ts';
import type { Lifecycle } from './phase.ts';
import { BodyBudget } from './read-request.ts';
import type { Route } from './route.ts';
import { sendJson } from './send-json.ts';

/** The one route table of the server. */
export function createRoutes(gateway: Gateway, lifecycle: Lifecycle): readonly Route[] {
  const budget = new BodyBudget();
  return [
    {
      methods: ['POST'],
      path: '/v1/messages',
      auth: 'key',
      name: 'generate',
      handle: messagesHandler(gateway, budget, 'generate'),
    },
    {
      methods: ['POST'],
      path: '/v1/messages/count_tokens',
      auth: 'key',
      name: 'count_tokens',
      handle: messagesHandler(gateway, budget, 'count_tokens'),
    },
    { methods: ['GET', 'HEAD'], path: '/v1/models', auth: 'key', name: 'models', handle: listModelsHandler(gateway) },
    { methods: ['GET', 'HEAD'], path: '/v1/models/*', auth: 'key', name: 'models', handle: getModelHandler(gateway) },
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
      path: '/readyz',
      auth: 'none',
      name: 'health',
      handle: ({ responder }) =>
        lifecycle.phase === 'open'
          ? sendJson(responder, 200, { status: 'ready' })
          : sendJson(responder, 503, { status: 'draining' }, { 'retry-after': '1' }),
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
