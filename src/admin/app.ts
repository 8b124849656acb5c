import type { IncomingMessage, ServerResponse } from 'node:http';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { actorOf, identify, SESSION_MAX } from '../access/sign-in/identify.ts';
import { FLOW_LIFETIME } from '../access/sign-in/oidc.ts';
import { NoTurnError } from '../access/sign-in/turns.ts';
import { isJsonObject } from '../core/json.ts';
import { StoreError } from '../store/failure.ts';
import { listUsers } from '../store/people/users.ts';
import type { Logger } from '../telemetry/log.ts';
import { ADMIN_API } from './address.ts';
import type { AdminParts, Endpoint, RawCall } from './endpoint.ts';
import { ENDPOINTS } from './endpoints.ts';
import { FLOW_COOKIE, refuseForgery, SECURITY_HEADERS, SESSION_COOKIE } from './guard.ts';
import { answerOnce, IDEMPOTENCY_HEADER } from './idempotency.ts';
import { openApiDocument } from './open-api.ts';
import { AdminError, problemResponse } from './problem.ts';
import { checkOf, MATCH_HEADER, tagOf } from './version.ts';

/** No request of the admin API is longer, in bytes. */
const MAX_BODY = 64 * 1024;

/** What the API is served with. */
type AppParts = AdminParts & {
  log: Logger;
  /** Where a request comes from, behind proxies of ours that say so. */
  addressOf(request: IncomingMessage): string;
  /** Whether there is an owner: from then on there always is one. */
  setUp: { done: boolean };
};

/** Where the first owner is made. */
const SETUP = '/setup';

type Env = { Bindings: HttpBindings };

/** The admin API as a listener for requests below {@link ADMIN_API}. Every failure is answered as problem details. */
export function createAdminListener(
  given: Omit<AppParts, 'setUp'>,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const parts: AppParts = { ...given, setUp: { done: false } };
  const app = new OpenAPIHono<Env>();
  app.use('*', async (context, next) => {
    await next();
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) context.header(name, value);
  });
  app.get(`${ADMIN_API}/openapi.json`, (context) => context.json(openApiDocument()));
  for (const endpoint of ENDPOINTS) {
    app.on(endpoint.method, ADMIN_API + endpoint.path.replaceAll(/\{(\w+)\}/g, ':$1'), (context) =>
      answer(parts, endpoint, context),
    );
  }
  app.notFound((context) => {
    const { pathname } = new URL(context.req.url);
    const isKnown = ENDPOINTS.some(({ path }) => patternOf(path).test(pathname));
    return problemResponse(new AdminError(isKnown ? 'method_not_allowed' : 'not_found'), requestIdOf(context));
  });
  app.onError((thrown, context) => {
    const error = toAdminError(thrown);
    const requestId = requestIdOf(context);
    if (error.code === 'internal') parts.log.error({ request_id: requestId, err: thrown }, 'admin request failed');
    return problemResponse(error, requestId);
  });
  return getRequestListener(app.fetch, { overrideGlobalObjects: false });
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${ADMIN_API}${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`);
}

async function answer(parts: AppParts, endpoint: Endpoint, context: Context<Env>): Promise<Response> {
  const { req } = context;
  const credentials = { authorization: req.header('authorization'), sessionSecret: getCookie(context, SESSION_COOKIE) };
  const identity = await identify(parts.store, parts.pepper, credentials, parts.now());
  refuseForgery(req.method, req.raw.headers, identity);
  if (!identity && !endpoint.path.startsWith(SETUP)) await requireOwner(parts);
  const sent = await readBody(context);
  const query = queryOf(req.url);
  const version = async () => endpoint.version?.(parts, textsOf({ ...query, ...req.param() }, sent));
  let location: string | undefined;
  const call: RawCall = {
    identity,
    params: req.param(),
    query,
    body: sent,
    sent,
    check: checkFor(endpoint, context, version),
    wantsStream: req.method === 'GET' && (req.header('accept') ?? '').includes('text/event-stream'),
    identifyAgain: () => identify(parts.store, parts.pepper, credentials, parts.now(), false),
    address: parts.addressOf(context.env.incoming),
    agent: (req.header('user-agent') ?? '').slice(0, 256),
    setSession: (secret) => giveCookie(context, SESSION_COOKIE, 'Strict', secret, SESSION_MAX),
    flow: getCookie(context, FLOW_COOKIE),
    setFlow: (flow) => giveCookie(context, FLOW_COOKIE, 'Lax', flow, FLOW_LIFETIME),
    redirect: (path) => {
      location = path;
    },
  };
  const key = req.method === 'GET' ? undefined : req.header(IDEMPOTENCY_HEADER);
  if (call.wantsStream) {
    const stream = await endpoint.serve(parts, call);
    if (stream instanceof ReadableStream) return context.body(stream, 200, { 'content-type': 'text/event-stream' });
    return context.json(endpoint.answer.parse(stream) ?? null, endpoint.status);
  }
  // Of what is read the tag is taken first: a change in between then makes a tag that is out of date, never one that was not seen.
  const seen = req.method === 'GET' ? await version() : undefined;
  const serve = async () => endpoint.answer.parse(await endpoint.serve(parts, call)) ?? null;
  const { answer: answered, isRepeated } =
    key === undefined || identity === undefined
      ? { answer: await serve(), isRepeated: false }
      : await answerOnce(parts, { actor: actorOf(identity), key, request: requestText(req, call) }, serve);
  if (isRepeated) context.header('idempotency-replayed', 'true');
  const tag = tagOf(req.method === 'GET' ? seen : await version());
  if (tag !== undefined) context.header('etag', tag);
  return location === undefined ? context.json(answered, endpoint.status) : context.redirect(location, 303);
}

/** @throws AdminError as long as nobody administers: then there is nothing here but the making of the first owner. */
async function requireOwner({ store, setUp }: AppParts): Promise<void> {
  setUp.done ||= (await listUsers(store)).length > 0;
  if (!setUp.done) throw new AdminError('setup_needed');
}

/** @param lifetime in ms. */
function giveCookie(
  context: Context<Env>,
  name: string,
  sameSite: 'Strict' | 'Lax',
  value: string | undefined,
  lifetime: number,
): void {
  const maxAge = value === undefined ? 0 : lifetime / 1_000;
  setCookie(context, name, value ?? '', { path: '/', httpOnly: true, secure: true, sameSite, maxAge });
}

/** @throws AdminError when the request names a version and the endpoint knows none: it must not be changed all the same. */
function checkFor(
  endpoint: Endpoint,
  { req }: Context<Env>,
  version: () => Promise<object | undefined>,
): RawCall['check'] {
  const match = req.header(MATCH_HEADER);
  if (match !== undefined && !endpoint.version) throw invalid(MATCH_HEADER, 'is not known here');
  return checkOf(match, version);
}

/** What may name a thing: the texts of a body, and above them those of the address. */
function textsOf(address: Readonly<Record<string, string>>, body: unknown): Record<string, string> {
  const sent = isJsonObject(body) ? Object.entries(body) : [];
  return {
    ...Object.fromEntries(sent.flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : []))),
    ...address,
  };
}

function requestText({ method, url }: Context<Env>['req'], { body }: RawCall): string {
  const { pathname, search } = new URL(url);
  return JSON.stringify([method, pathname + search, body]);
}

/** @throws AdminError for a parameter given twice: two readers might see two requests. */
function queryOf(url: string): Record<string, string> {
  const query: Record<string, string> = Object.create(null);
  for (const [name, value] of new URL(url).searchParams) {
    if (query[name] !== undefined) throw invalid(name, 'is given more than once');
    query[name] = value;
  }
  return query;
}

/** @throws AdminError before a long body is read; its length must be declared. */
async function readBody(context: Context<Env>): Promise<unknown> {
  const { headers } = context.env.incoming;
  if (headers['transfer-encoding'] !== undefined) throw invalid('content-length', 'is required');
  if (Number(headers['content-length'] ?? 0) > MAX_BODY) throw new AdminError('too_large');
  const text = await context.req.text();
  if (text === '') return {};
  if (!/^application\/json *(?:;|$)/i.test(context.req.header('content-type') ?? '')) {
    throw new AdminError('unsupported_media');
  }
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    throw new AdminError('invalid_request', 'The request body is not valid JSON');
  }
}

function invalid(field: string, message: string): AdminError {
  return new AdminError('invalid_request', `${field} ${message}`, { errors: [{ field, message }] });
}

function toAdminError(thrown: unknown): AdminError {
  if (thrown instanceof AdminError) return thrown;
  if (thrown instanceof z.ZodError) {
    const errors = thrown.issues.map(({ path, message, ...issue }) => {
      const unknown = issue.code === 'unrecognized_keys' ? issue.keys : [];
      return { field: [...path, ...unknown.slice(0, 1)].join('.'), message };
    });
    const [first] = errors;
    return new AdminError('invalid_request', first && `${first.field}: ${first.message}`, { errors });
  }
  if (thrown instanceof StoreError && thrown.kind !== 'rejected') {
    return new AdminError('unavailable', undefined, { retryAfter: 1 });
  }
  if (thrown instanceof NoTurnError) return new AdminError('busy', undefined, { retryAfter: 2 });
  return new AdminError('internal');
}

function requestIdOf(context: Context<Env>): string {
  return String(context.env.outgoing.getHeader('request-id') ?? '');
}
