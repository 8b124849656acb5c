import { expect, test } from 'vitest';
import { checkRoutes } from './check-routes.ts';
import type { Route } from './route.ts';

const route: Route = { methods: ['GET'], path: '/x', auth: 'none', name: 'x', handle: () => undefined };

/** A row as it could come from where the compiler did not look. */
function unlike(changes: object): Route {
  const changed = { ...route };
  Object.assign(changed, changes);
  return changed;
}

test('the table that the server has passes', () => {
  expect(checkRoutes([route, { ...route, path: '/y' }])).toHaveLength(2);
});

test.each([
  ['without a rule', [unlike({ auth: undefined })], '/x does not say who'],
  ['with a rule that there is not', [unlike({ auth: 'toString' })], '/x does not say who'],
  ['without methods', [unlike({ methods: [] })], '/x needs'],
  ['that is there twice', [route, route], '/x is there twice'],
])('a route %s keeps the server from starting', (_, routes, told) => {
  expect(() => checkRoutes(routes)).toThrow(told);
});
