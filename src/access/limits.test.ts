import { expect, test } from 'vitest';
import { GatewayError } from '../core/error.ts';
import { allowModel, createConcurrencyLimit } from './limits.ts';
import type { Principal } from './principal.ts';

const holder = (keyId: string, models?: string[]): Principal => ({
  keyId,
  name: keyId,
  projectId: 'proj_default',
  projectName: 'default',
  markup: 10_000,
  unpriced: null,
  modelLists: models === undefined ? [] : [models],
  ipLists: [],
  tags: [],
  expiresAt: null,
});

function failureOf(action: () => unknown): GatewayError {
  try {
    action();
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

test('a key holds as many requests as it may, and others are not affected', () => {
  const limit = createConcurrencyLimit(() => 2);
  const release = limit.acquire(holder('a'));
  limit.acquire(holder('a'));
  expect(failureOf(() => limit.acquire(holder('a')))).toMatchObject({
    kind: 'rate_limited',
    status: 429,
    retryAfter: 1,
  });
  limit.acquire(holder('b'));
  release();
  limit.acquire(holder('a'));
});

test('a place is given back once, however often it is released', () => {
  const limit = createConcurrencyLimit(() => 2);
  const release = limit.acquire(holder('a'));
  limit.acquire(holder('a'));
  release();
  release();
  limit.acquire(holder('a'));
  expect(failureOf(() => limit.acquire(holder('a'))).kind).toBe('rate_limited');
});

test('a new limit counts at once', () => {
  let most = 1;
  const limit = createConcurrencyLimit(() => most);
  limit.acquire(holder('a'));
  most = 2;
  limit.acquire(holder('a'));
});

test.each([
  [undefined, 'anything', true],
  [[], 'anything', false],
  [['model-1'], 'model-1', true],
  [['model-1'], 'model-10', false],
  [['model-*'], 'model-1', true],
  [['a', '*-mini'], 'x-mini', true],
  [['*-mini'], 'x-mini-2', false],
  [['m.del'], 'model', false],
])('a key for %j may use %s: %s', (models, model, isAllowed) => {
  const principal = holder('a', models);
  if (isAllowed) return allowModel(principal, model);
  const failure = failureOf(() => allowModel(principal, model));
  expect(failure).toMatchObject({ kind: 'permission', status: 403, shouldRetry: false });
  expect(failure.message).toContain(model);
});
