import { expect, test } from 'vitest';
import { manualClock } from '../../test/support/routing.ts';
import type { Credential, CredentialLimits } from '../config/config.ts';
import { createCredentialUse } from './credential-limits.ts';

function credential(limits: Partial<CredentialLimits> | undefined): Credential {
  const all = limits && { concurrent: undefined, requestsPerMinute: undefined, ...limits };
  return { id: 'a/one', name: 'one', apiKey: 'k', weight: 1, limits: all };
}

test('a credential without limits always has room', () => {
  const use = createCredentialUse(manualClock().now);
  for (let call = 0; call < 100; call++) use.begin(credential(undefined));
  expect(use.waitFor(credential(undefined))).toBe(0);
});

test('one that may have two calls out has room again when one is over, told once', () => {
  const use = createCredentialUse(manualClock().now);
  const two = credential({ concurrent: 2 });
  const [end] = [use.begin(two), use.begin(two)];
  expect(use.waitFor(two)).toBeGreaterThan(0);
  end();
  end();
  expect(use.waitFor(two)).toBe(0);
  use.begin(two);
  expect(use.waitFor(two)).toBeGreaterThan(0);
});

test('one that may begin three calls a minute has room when the oldest is a minute old', () => {
  const clock = manualClock();
  const use = createCredentialUse(clock.now);
  const three = credential({ requestsPerMinute: 3 });
  for (const pause of [10_000, 10_000, 5_000]) {
    expect(use.waitFor(three)).toBe(0);
    use.begin(three)();
    clock.pass(pause);
  }
  expect(use.waitFor(three)).toBe(35_000);
  clock.pass(35_000);
  expect(use.waitFor(three)).toBe(0);
  use.begin(three);
  expect(use.waitFor(three)).toBe(10_000);
});
