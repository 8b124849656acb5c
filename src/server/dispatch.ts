import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Authenticator } from '../access/authenticate.ts';
import { newId } from '../access/new-id.ts';
import type { Principal } from '../access/principal.ts';
import { ADMIN_API } from '../admin/address.ts';
import { type ErrorKind, GatewayError, toGatewayError } from '../core/error.ts';
import type { Gateway } from '../gateway/gateway.ts';
import { clockFrom } from '../gateway/request-clock.ts';
import { allowAddress, clientAddress, knownList } from './addresses.ts';
import { isOpenAiCaller } from './caller.ts';
import { checkRoutes } from './check-routes.ts';
import { CONSOLE } from './console-route.ts';
import { corsHeaders, preflightHeaders } from './cors.ts';
import { formatErrorFor } from './format-error.ts';
import { isLocal } from './is-local.ts';
import type { Lifecycle } from './phase.ts';
import { HttpResponder } from './respond.ts';
import type { Route, RouteCall } from './route.ts';

/** Longest request target, in characters. */
const MAX_URL_LENGTH = 8 * 1024;

/** Of each refusal, where it is not `info`: a line for every one of them is work that an overloaded server need not do (S16). */
const LOG_LEVELS: Partial<Record<ErrorKind, 'error' | 'debug'>> = { internal: 'error', overloaded: 'debug' };

/** What requests are dispatched with. */
export type DispatchParts = {
  gateway: Gateway;
  authenticator: Authenticator;
  routes: readonly Route[];
  lifecycle: Lifecycle;
};

/** The one request listener: id, route, authentication, handler, and every failure answered in the caller's dialect. */
export function createDispatcher({ gateway, authenticator, routes, lifecycle }: DispatchParts) {
  checkRoutes(routes);
  const exact = new Map(routes.filter(({ path }) => !path.endsWith('/*')).map((route) => [route.path, route]));
  const prefixes = routes.filter(({ path }) => path.endsWith('/*'));

  const findRoute = (path: string): { route: Route; parameter: string } | undefined => {
    const route = exact.get(path);
    if (route) return { route, parameter: '' };
    const prefixed = prefixes.find((candidate) => path.startsWith(candidate.path.slice(0, -1)));
    return prefixed && { route: prefixed, parameter: decodeParameter(path.slice(prefixed.path.length - 1)) };
  };

  return (request: IncomingMessage, response: ServerResponse): void => {
    const receivedAt = gateway.now();
    const now = clockFrom(receivedAt);
    const requestId = newId('req', receivedAt);
    response.setHeader('request-id', requestId);
    // The name under which OpenAI's SDKs look for it.
    if (isOpenAiCaller(request)) response.setHeader('x-request-id', requestId);
    const mayBeCalledByPages = !request.url?.startsWith(ADMIN_API) && !request.url?.startsWith(CONSOLE);
    if (mayBeCalledByPages) for (const [name, value] of corsHeaders(request)) response.setHeader(name, value);
    const responder = new HttpResponder(request, response, gateway.snapshot().config.server.stalledReader);
    let operation = 'unknown';

    const serve = async (): Promise<void> => {
      checkHost(request);
      const { path, query } = readTarget(request.url ?? '/');
      if (request.method === 'OPTIONS' && mayBeCalledByPages) {
        responder.begin(204, preflightHeaders(request));
        responder.end();
        return;
      }
      const found = findRoute(path);
      if (!found) throw new GatewayError('not_found', `Not found: ${request.method} ${path.slice(0, 256)}`);
      const { route, parameter } = found;
      operation = route.name;
      if (!route.methods.includes(request.method ?? '')) {
        response.setHeader('allow', route.methods.join(', '));
        throw new GatewayError('method_not_allowed', `Method not allowed: ${request.method} ${path}`);
      }
      await callRoute(route, { requestId, request, response, path, query, parameter, responder, receivedAt, now });
    };

    const callRoute = async (route: Route, call: RouteCall): Promise<void> => {
      switch (route.auth) {
        case 'none':
        case 'admin':
          return route.handle(call);
        case 'local':
          if (!isLocal(request)) throw new GatewayError('not_found', `Not found: ${request.method} ${call.path}`);
          return route.handle(call);
        case 'key':
          if (lifecycle.phase === 'closing') throw shuttingDown(response);
          route.refuseEarly?.(request.headers);
          return route.handle({ ...call, principal: await authenticate(request) });
        default:
          return route satisfies never;
      }
    };

    const authenticate = async ({ headers, socket }: IncomingMessage): Promise<Principal> => {
      const principal = authenticator.cached(headers) ?? (await authenticator.authenticate(headers));
      if (principal.ipLists.length > 0) {
        const forwarded = [headers['x-forwarded-for'] ?? []].flat().join(',') || undefined;
        const isTrusted = knownList(gateway.snapshot().config.server.trustedProxies);
        allowAddress(principal, clientAddress(socket.remoteAddress ?? '', forwarded, isTrusted));
      }
      return principal;
    };

    const fail = (thrown: unknown): void => {
      const error = toGatewayError(thrown);
      const totalMs = now() - receivedAt;
      gateway.metrics.countRequest({
        operation,
        status: error.status,
        errorKind: error.kind,
        addedMs: undefined,
        firstEventMs: undefined,
        totalMs,
      });
      const level = LOG_LEVELS[error.kind] ?? 'info';
      gateway.log[level](
        { request_id: requestId, operation, status: error.status, error: error.kind, ms: totalMs },
        'refused',
      );
      if (error.kind === 'internal') gateway.log.error({ request_id: requestId, err: error.cause }, 'internal error');
      const answer = formatErrorFor(request, error, requestId);
      responder.begin(answer.status, { ...answer.headers, 'content-length': String(answer.body.length) });
      responder.end(answer.body);
    };

    serve().catch(fail);
  };
}

/**
 * One host, as HTTP/1.1 demands: with two, whoever stands in front of us may have read the other one (C11).
 * @throws GatewayError `invalid_request`.
 */
function checkHost({ rawHeaders, httpVersion }: IncomingMessage): void {
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.length === 4 && rawHeaders[index]?.toLowerCase() === 'host') hosts++;
  }
  if (hosts > 1 || (hosts === 0 && httpVersion === '1.1')) {
    throw new GatewayError('invalid_request', 'host: Header should be given exactly once');
  }
}

/**
 * Path and query of a request target. `/v1/v1/…` comes from base URLs that end in `/v1` (`clients.md` §1).
 * @throws GatewayError `uri_too_long`.
 */
function readTarget(target: string): { path: string; query: URLSearchParams } {
  if (target.length > MAX_URL_LENGTH) throw new GatewayError('uri_too_long', 'The request URL is too long');
  const local = target.startsWith('/') ? target : target.replace(/^https?:\/\/[^/?#]*/i, '');
  const mark = local.indexOf('?');
  const path = mark === -1 ? local : local.slice(0, mark);
  const query = new URLSearchParams(mark === -1 ? '' : local.slice(mark + 1));
  return { path: path.startsWith('/v1/v1/') ? path.slice(3) : path, query };
}

function decodeParameter(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Tells the client to come back over another connection, which will reach another server. */
function shuttingDown(response: ServerResponse): GatewayError {
  response.setHeader('connection', 'close');
  return new GatewayError('shutting_down', 'The gateway is shutting down', { retryAfter: 1 });
}
