import type { Route, RouteAuth } from './route.ts';

/** Every way a route can be guarded; what is not in it guards nothing. */
const AUTHS: Readonly<Record<RouteAuth, true>> = { key: true, admin: true, local: true, none: true };

/**
 * Refuses to serve a table with a row that says not who may call it, that no request can reach, or that another one hides: the
 * compiler sees most of it, and a row may have been made where it did not look.
 * @throws Error that names the row; the server then does not start.
 */
export function checkRoutes(routes: readonly Route[]): readonly Route[] {
  const paths = new Set<string>();
  for (const { path, methods, auth, name } of routes) {
    if (!Object.hasOwn(AUTHS, auth)) throw new Error(`the route ${path} does not say who may call it`);
    if (!path.startsWith('/') || methods.length === 0 || name === '') {
      throw new Error(`the route ${path} needs a path, methods and a name`);
    }
    if (paths.has(path)) throw new Error(`the route ${path} is there twice`);
    paths.add(path);
  }
  return routes;
}
