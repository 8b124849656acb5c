import type { IncomingMessage } from 'node:http';
import { createBackOff } from '../access/sign-in/back-off.ts';
import { ADMIN_API } from '../admin/address.ts';
import type { AdminParts } from '../admin/endpoint.ts';
import type { DialectId } from '../core/dialect.ts';
import { GatewayError } from '../core/error.ts';
import type { Gateway } from '../gateway/gateway.ts';
import { replay } from '../gateway/replay.ts';
import { guardedFetch } from '../upstream/guarded-fetch.ts';
import { clientAddress, knownList } from './addresses.ts';
import { checkReach } from './reach.ts';
import type { Route } from './route.ts';

/** What the admin API needs beside the gateway. */
export type AdminAccess = Pick<AdminParts, 'store' | 'pepper' | 'dataDir' | 'sealer' | 'upstreams'>;

/** How the server and its channels are. */
export type ServerState = Pick<AdminParts, 'health' | 'isClosing'>;

const DIALECT_IDS: readonly DialectId[] = ['anthropic-messages', 'openai-chat', 'openai-responses'];

/**
 * The admin API, in the route table as one row: its own table (`admin/endpoints.ts`) says who may call what. Loaded with the
 * first request, so that a server which nobody administers starts without it.
 */
export function adminRoute(gateway: Gateway, access: AdminAccess, state: ServerState): Route {
  const { now, log } = gateway;
  const backOff = createBackOff(access.store, access.pepper, now);
  let loading: ReturnType<typeof load> | undefined;
  const config = () => gateway.snapshot().config;
  const load = async () => {
    const [{ createAdminListener }, { createOidcClient }] = await Promise.all([
      import('../admin/app.ts'),
      import('../access/sign-in/oidc.ts'),
    ]);
    const oidc = createOidcClient(guardedFetch, access.pepper, now);
    return createAdminListener({
      ...access,
      ...state,
      disk: gateway.disk.state,
      config,
      backOff,
      oidc,
      replay: replayed,
      addressOf,
      now,
      log,
    });
  };
  const replayed: AdminParts['replay'] = ({ dialect, body, ...request }) => {
    const known = DIALECT_IDS.find((id) => id === dialect);
    if (known === undefined) throw new GatewayError('invalid_request', `the dialect ${dialect} is not known`);
    return replay(gateway, { ...request, dialect: known, body: Buffer.from(body) });
  };
  const addressOf = ({ socket, headers }: IncomingMessage): string => {
    const forwarded = [headers['x-forwarded-for'] ?? []].flat().join(',') || undefined;
    return clientAddress(socket.remoteAddress ?? 'unknown', forwarded, knownList(config().server.trustedProxies));
  };
  return {
    methods: ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE', 'PUT', 'OPTIONS'],
    path: `${ADMIN_API}/*`,
    auth: 'admin',
    name: 'admin',
    handle: async ({ request, response }) => {
      checkReach(request, gateway.snapshot().config.server.admin, ADMIN_API);
      loading ??= load();
      const listener = await loading;
      await listener(request, response);
    },
  };
}
