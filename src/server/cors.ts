import type { IncomingMessage } from 'node:http';

/** The header by which a browser client says that it knows its key is in a page (`anthropic-surface.md` §2). */
const OPT_IN = 'anthropic-dangerous-direct-browser-access';

/** Where limits stand (`docs/limits.md`). */
const LIMIT_HEADERS = ['limit', 'remaining', 'reset'].flatMap((figure) => [
  ...['requests', 'tokens', 'input-tokens', 'output-tokens'].map((name) => `anthropic-ratelimit-${name}-${figure}`),
  ...['requests', 'tokens'].map((name) => `x-ratelimit-${figure}-${name}`),
]);

const EXPOSED = [
  'request-id',
  'x-request-id',
  'retry-after',
  'retry-after-ms',
  'x-should-retry',
  'x-gateway-error-source',
  'x-ezmodel-losses',
  'x-ezmodel-estimated',
  ...LIMIT_HEADERS,
].join(', ');

/** CORS headers of an actual request; none for requests that do not opt in. Keys travel in headers, never in cookies. */
export function corsHeaders({ headers }: IncomingMessage): [string, string][] {
  if (headers.origin === undefined || headers[OPT_IN] !== 'true') return [];
  return [
    ['access-control-allow-origin', '*'],
    ['access-control-expose-headers', EXPOSED],
  ];
}

/** The answer to a preflight: everything asked for, when the opt-in header is among it. */
export function preflightHeaders({ headers }: IncomingMessage): Record<string, string> {
  const asked = headers['access-control-request-headers'] ?? '';
  const optsIn = asked
    .toLowerCase()
    .split(/\s*,\s*/)
    .includes(OPT_IN);
  if (headers.origin === undefined || !optsIn) return { allow: 'GET, HEAD, POST, OPTIONS' };
  return {
    'access-control-allow-origin': '*',
    'access-control-allow-methods': 'GET, HEAD, POST, OPTIONS',
    'access-control-allow-headers': asked,
    'access-control-max-age': '600',
    vary: 'access-control-request-headers',
  };
}
