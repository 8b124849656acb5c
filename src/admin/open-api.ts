import { OpenAPIHono, type RouteConfig, z } from '@hono/zod-openapi';
import { ADMIN_API } from './address.ts';
import type { Endpoint } from './endpoint.ts';
import { ENDPOINTS } from './endpoints.ts';
import { PROBLEMS } from './problem.ts';

const PROBLEM = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.enum(Object.keys(PROBLEMS)),
  detail: z.string(),
  errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
  request_id: z.string(),
});

/** The OpenAPI 3.1 document of the admin API. */
export function openApiDocument(): object {
  const app = new OpenAPIHono();
  app.openAPIRegistry.registerComponent('securitySchemes', 'token', { type: 'http', scheme: 'bearer' });
  app.openAPIRegistry.registerComponent('securitySchemes', 'session', {
    type: 'apiKey',
    in: 'cookie',
    name: '__Host-ezmodel',
  });
  app.openAPIRegistry.register('Problem', PROBLEM);
  for (const endpoint of ENDPOINTS) app.openAPIRegistry.registerPath(routeOf(endpoint));
  return app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'EZModel admin API',
      version: '1',
      description: 'Keys, users, exchanges and the audit log. Times are Unix ms, money is nano-USD.',
      license: { name: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
  });
}

function routeOf({ method, path, access, summary, status, params, query, body, answer }: Endpoint): RouteConfig {
  const hasBody = Object.keys(body.shape).length > 0;
  return {
    method,
    path: ADMIN_API + path,
    operationId: operationIdOf(method, path),
    summary,
    description: access === 'anyone' ? 'Anyone may call it.' : `Needs the role ${access} or one above it.`,
    security: access === 'anyone' ? [] : [{ token: [] }, { session: [] }],
    request: {
      params,
      query,
      ...(hasBody && { body: { required: true, content: { 'application/json': { schema: body } } } }),
    },
    responses: {
      [status]: { description: 'Done', content: { 'application/json': { schema: answer } } },
      default: { description: 'A failure', content: { 'application/problem+json': { schema: PROBLEM } } },
    },
  };
}

/** Such as `patchKeysId`. */
function operationIdOf(method: string, path: string): string {
  const words = path.split(/[^a-z]+/i).filter((word) => word !== '');
  return method + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}
