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

test('signing in forgives the account what went before, and the address no more than that one try', () => {
  const backOff = createBackOff(() => 0);
  for (let tries = 0; tries < 5; tries++) backOff.failed(['user a', 'address 1']);
  backOff.forgive('user a');
  backOff.takeBack('address 1');
  expect(backOff.waitFor(['user a', 'address 1'])).toBe(0);
  backOff.failed(['user a', 'address 1']);
  expect(backOff.waitFor(['user a'])).toBe(0);
  expect(backOff.waitFor(['address 1'])).toBe(15 * 60);
});
