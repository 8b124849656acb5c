import type { RequestListener, Server } from 'node:http';
import { ADMIN_API } from '../admin/address.ts';
import { CONSOLE } from './console-route.ts';
import { addressOf, listen } from './listen.ts';
import type { Route } from './route.ts';

/** Where a server listens. */
export type Ports = {
  /** All of it, that of the models first. */
  servers: readonly Server[];
  /** Of the models, such as `http://127.0.0.1:8787`. */
  address: string;
};

/** What is opened. */
export type PortParts = {
  host: string;
  port: number;
  /** Of console and admin API; undefined: the same. */
  adminPort: number | undefined;
  routes: readonly Route[];
  listenerOf(routes: readonly Route[]): RequestListener;
};

/**
 * Opens the port of the models and, where there is one, that of the operators. The models' port then has nothing of the operators'; on
 * theirs the models can be asked too, since the console asks them as a client does. Rejects as {@link listen} does.
 */
export async function openPorts({ host, port, adminPort, routes, listenerOf }: PortParts): Promise<Ports> {
  if (adminPort === undefined) {
    const server = await listen(listenerOf(routes), host, port);
    return { servers: [server], address: addressOf(server) };
  }
  const operators = await listen(
    listenerOf(routes.filter((route) => isForOperators(route) || route.auth === 'key')),
    host,
    adminPort,
  );
  try {
    const models = await listen(listenerOf(routes.filter((route) => !isForOperators(route))), host, port);
    return { servers: [models, operators], address: addressOf(models) };
  } catch (error) {
    operators.close();
    throw error;
  }
}

function isForOperators({ path }: Route): boolean {
  return [ADMIN_API, CONSOLE].some((place) => path === place || path.startsWith(`${place}/`));
}
