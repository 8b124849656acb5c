import { OpenAPIHono, type RouteConfig, z } from '@hono/zod-openapi';
import { ADMIN_API } from './address.ts';
import type { Endpoint, OwnerRule } from './endpoint.ts';
import { ENDPOINTS } from './endpoints.ts';
import { IDEMPOTENCY_HEADER } from './idempotency.ts';
import { PROBLEMS } from './problem.ts';
import { MATCH_HEADER } from './version.ts';

const PROBLEM = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.enum(Object.keys(PROBLEMS)),
    detail: z.string(),
    errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
    request_id: z.string(),
  })
  .openapi('Problem');

/** The OpenAPI 3.1 document of the admin API. */
export function openApiDocument(): object {
  const app = new OpenAPIHono();
  app.openAPIRegistry.registerComponent('securitySchemes', 'token', { type: 'http', scheme: 'bearer' });
  app.openAPIRegistry.registerComponent('securitySchemes', 'session', {
    type: 'apiKey',
    in: 'cookie',
    name: '__Host-ezmodel',
  });
  for (const endpoint of ENDPOINTS) app.openAPIRegistry.registerPath(routeOf(endpoint));
  return app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'EZModel admin API',
      version: '1',
      description: 'Keys, users, exchanges and the audit log. Times are Unix ms, money is nano-USD.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    servers: [{ url: '/' }],
  });
}

/** What the document says of each owner rule. */
const OWNER_RULES: Record<OwnerRule, string> = {
  nobody: 'Anyone may call it.',
  everybody: 'Shows the same to everybody.',
  self: 'Only about the caller.',
  projects: 'Only about the projects that the caller is a member of; for admins and owners about all.',
  gateway: 'About the whole gateway.',
};

const PROBLEM_CONTENT = { 'application/problem+json': { schema: PROBLEM } };

/** What makes a change safe to send, and to send again. */
function headersOf({ method, access, version }: Endpoint) {
  if (method === 'get' || access === 'anyone') return undefined;
  return z.object({
    [IDEMPOTENCY_HEADER]: z.string().max(255).optional(),
    ...(version && { [MATCH_HEADER]: z.string().optional() }),
  });
}

function routeOf(endpoint: Endpoint): RouteConfig {
  const { method, path, access, owner, summary, status, params, query, body, answer } = endpoint;
  const headers = headersOf(endpoint);
  const hasBody = Object.keys(body.shape).length > 0;
  return {
    method,
    path: ADMIN_API + path,
    operationId: operationIdOf(method, path),
    summary,
    description:
      access === 'anyone' ? OWNER_RULES[owner] : `Needs the role ${access} or one above it. ${OWNER_RULES[owner]}`,
    security: access === 'anyone' ? [] : [{ token: [] }, { session: [] }],
    request: {
      params,
      query,
      ...(headers && { headers }),
      ...(hasBody && { body: { required: true, content: { 'application/json': { schema: body } } } }),
    },
    responses: {
      [status]: { description: 'Done', content: { 'application/json': { schema: answer } } },
      '4XX': { description: 'The request is refused', content: PROBLEM_CONTENT },
      default: { description: 'A failure', content: PROBLEM_CONTENT },
    },
  };
}

/** Such as `patchKeysId`. */
function operationIdOf(method: string, path: string): string {
  const words = path.split(/[^a-z]+/i).filter((word) => word !== '');
  return method + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}
