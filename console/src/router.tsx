import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  useParams,
} from '@tanstack/react-router';
import { PAGES } from './routes.ts';
import { Gate } from './shell/gate.tsx';
import { usePageRow } from './shell/page-row.ts';
import { Failure, SkeletonRows } from './ui/states.tsx';

const root = createRootRoute({ component: Root });

const children = PAGES.map(({ path, load }) =>
  createRoute({ getParentRoute: () => root, path, component: lazyRouteComponent(load, 'Page') }),
);

const missing = createRoute({
  getParentRoute: () => root,
  path: '$',
  component: lazyRouteComponent(() => import('./pages/not-found/page.tsx'), 'Page'),
});

/** The router of the console. Search parameters are plain texts: `lib/url-state.ts` gives them types. */
export const router = createRouter({
  routeTree: root.addChildren([...children, missing]),
  basepath: '/console',
  defaultPreload: 'intent',
  defaultPendingMs: 150,
  defaultPendingComponent: () => <SkeletonRows />,
  defaultErrorComponent: ({ error, reset }) => <Failure error={toError(error)} onRetry={reset} />,
  parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
  stringifySearch: (search) => {
    const text = new URLSearchParams(
      Object.entries(search).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
    ).toString();
    return text === '' ? '' : `?${text}`;
  },
});

/** A parameter of the path, such as `id` of `/exchanges/$id`. */
export function usePathParameter(name: string): string {
  const parameters: Record<string, string | undefined> = useParams({ strict: false });
  return parameters[name] ?? '';
}

function Root() {
  const isPublic = usePageRow()?.role === 'anyone';
  return isPublic ? <Outlet /> : <Gate />;
}

function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
