import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { createBackOff } from '../access/sign-in/back-off.ts';
import { ADMIN_API } from '../admin/address.ts';
import type { AdminParts } from '../admin/endpoint.ts';
import { GatewayError } from '../core/error.ts';
import type { Gateway } from '../gateway/gateway.ts';
import { isLocal } from './is-local.ts';
import type { Route } from './route.ts';

/** What the admin API needs beside the gateway. */
export type AdminAccess = Pick<AdminParts, 'store' | 'pepper' | 'dataDir'>;

/**
 * The admin API, in the route table as one row: its own table (`admin/endpoints.ts`) says who may call what. Loaded with the
 * first request, so that a server which nobody administers starts without it.
 */
export function adminRoute(gateway: Gateway, access: AdminAccess): Route {
  const { now, log } = gateway;
  const config = () => gateway.snapshot().config;
  const backOff = createBackOff(() => performance.now());
  let loading: ReturnType<typeof load> | undefined;
  const load = async () =>
    (await import('../admin/app.ts')).createAdminListener({ ...access, config, backOff, now, log });
  return {
    methods: ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE', 'PUT', 'OPTIONS'],
    path: `${ADMIN_API}/*`,
    auth: 'admin',
    name: 'admin',
    handle: async ({ request, response }) => {
      checkReach(request, gateway.snapshot().config.server.admin);
      loading ??= load();
      const listener = await loading;
      await listener(request, response);
    },
  };
}

/**
 * From this machine alone unless the operator has opened it, and under a name that is known: a page that another name has led
 * here (DNS rebinding) would pass for our own.
 * @throws GatewayError `not_found`, so that nobody sees from elsewhere that there is an admin API.
 */
function checkReach(request: IncomingMessage, { open, hosts }: { open: boolean; hosts: readonly string[] }): void {
  const host = (request.headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
  const isKnown = host === 'localhost' || isIP(host.replace(/^\[|\]$/g, '')) !== 0 || hosts.includes(host);
  if (isKnown && (open || isLocal(request))) return;
  throw new GatewayError('not_found', `Not found: ${request.method} ${ADMIN_API}`);
}
