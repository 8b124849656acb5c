import { GatewayError } from '../core/error.ts';
import type { Gateway } from '../gateway/gateway.ts';
import { type ConsoleFiles, consoleFolder, openConsoleFiles } from './console-files.ts';
import { checkReach } from './reach.ts';
import type { Route, RouteCall } from './route.ts';

/** Where the console is served. */
export const CONSOLE = '/console';

/** What a page of the console may do: run what we serve, talk to us, and nothing else. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "require-trusted-types-for 'script'",
].join('; ');

const SECURITY_HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

const YEAR = 365 * 24 * 60 * 60;

/** The console's rows of the route table. Its files are looked up with the first request. */
export function consoleRoutes(gateway: Gateway): Route[] {
  const folder = consoleFolder();
  let opening: Promise<ConsoleFiles> | undefined;
  const handle = async (call: RouteCall): Promise<void> => {
    checkReach(call.request, gateway.snapshot().config.server.admin, call.path);
    if (folder === undefined) {
      throw new GatewayError('not_found', 'The console is not built: run npm run build, then start again');
    }
    opening ??= openConsoleFiles(folder);
    await answer(await opening, call);
  };
  return [CONSOLE, `${CONSOLE}/*`].map((path) => ({
    methods: ['GET', 'HEAD'],
    path,
    auth: 'none',
    name: 'console',
    handle,
  }));
}

/** A file, or for what is an address of a page the one document that all pages share. */
async function answer(files: ConsoleFiles, { request, responder, parameter }: RouteCall): Promise<void> {
  const accepted = [request.headers['accept-encoding'] ?? ''].flat().join(',');
  const isAsset = parameter.startsWith('assets/');
  const file = await files.read(parameter, accepted);
  const served = file ?? (isAsset ? undefined : await files.read('index.html', accepted));
  if (!served)
    throw new GatewayError('not_found', `Not found: ${request.method} ${CONSOLE}/${parameter.slice(0, 256)}`);
  const headers: Record<string, string> = {
    ...SECURITY_HEADERS,
    'content-type': served.type,
    'cache-control': cachingOf(file !== undefined, isAsset),
    vary: 'accept-encoding',
    etag: served.etag,
    ...(served.encoding !== undefined && { 'content-encoding': served.encoding }),
  };
  if (request.headers['if-none-match'] === served.etag) {
    responder.begin(304, headers);
    responder.end();
    return;
  }
  responder.begin(200, { ...headers, 'content-length': String(served.bytes.length) });
  responder.end(request.method === 'HEAD' ? undefined : served.bytes);
}

/** The name of an asset changes with its content; the document names the assets and must be fresh. */
function cachingOf(isFile: boolean, isAsset: boolean): string {
  if (isAsset) return `public, max-age=${YEAR}, immutable`;
  return isFile ? 'no-cache' : 'no-store';
}
