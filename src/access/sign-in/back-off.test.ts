import { expect, test } from 'vitest';
import { createBackOff } from './back-off.ts';

const MINUTE = 60_000;

test('five failures within a quarter of an hour are forgiven, of an account from anywhere and of an address for any account', () => {
  let now = 0;
  const backOff = createBackOff(() => now);
  for (let tries = 0; tries < 5; tries++) {
    expect(backOff.waitFor(['user a', 'address 1'])).toBe(0);
    backOff.failed(['user a', 'address 1']);
    now += MINUTE;
  }
  expect(backOff.waitFor(['user a', 'address 2'])).toBe(10 * 60);
  expect(backOff.waitFor(['user b', 'address 1'])).toBe(10 * 60);
  expect(backOff.waitFor(['user b', 'address 2'])).toBe(0);
  now = 15 * MINUTE;
  expect(backOff.waitFor(['user a', 'address 1'])).toBe(0);
});

test('signing in forgives what went before', () => {
  const backOff = createBackOff(() => 0);
  for (let tries = 0; tries < 5; tries++) backOff.failed(['user a']);
  backOff.succeeded(['user a']);
  expect(backOff.waitFor(['user a'])).toBe(0);
});
