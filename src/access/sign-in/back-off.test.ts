import { expect, test } from 'vitest';
import { NOON, temporaryDirectory } from '../../../test/support/ledger-books.ts';
import { freshLocation } from '../../../test/support/store-under-test.ts';
import { openStore } from '../../store/open.ts';
import { type BackOff, createBackOff } from './back-off.ts';

const MINUTE = 60_000;
const PEPPER = Buffer.alloc(32, 1);

/** What several processes on one store see, that go by one clock. */
async function withBackOffs(processes: number, act: (backOffs: BackOff[], clock: { now: number }) => Promise<void>) {
  const directory = temporaryDirectory();
  const location = await freshLocation(directory.path);
  const stores = [await openStore(location)];
  while (stores.length < processes) stores.push(await openStore(location));
  const clock = { now: NOON };
  try {
    await act(
      stores.map((store) => createBackOff(store, PEPPER, () => clock.now)),
      clock,
    );
  } finally {
    for (const store of stores) await store.close();
    directory.remove();
  }
}

test('five failures within a quarter of an hour are forgiven, of an account from anywhere and of an address for any account', () =>
  withBackOffs(1, async ([backOff], clock) => {
    if (!backOff) throw new Error('there is none');
    for (let tries = 0; tries < 5; tries++) {
      expect(await backOff.enter(['address 1', 'user a'])).toBe(0);
      clock.now += MINUTE;
    }
    expect(await backOff.enter(['address 2', 'user a'])).toBe(10 * 60);
    expect(await backOff.enter(['address 1', 'user b'])).toBe(10 * 60);
    // What was refused has counted for nobody.
    for (let tries = 0; tries < 5; tries++) expect(await backOff.enter(['address 2', 'user b'])).toBe(0);
    clock.now = NOON + 15 * MINUTE;
    expect(await backOff.enter(['address 1', 'user a'])).toBe(0);
    expect(await backOff.enter(['address 1', 'user a'])).toBe(60);
    // A clock that is set back locks nobody out for longer than it was ahead.
    clock.now -= 60 * MINUTE;
    expect(await backOff.enter(['address 1', 'user a'])).toBe(0);
  }));

test('signing in forgives the account what went before, and the address no more than that one try', () =>
  withBackOffs(1, async ([backOff]) => {
    if (!backOff) throw new Error('there is none');
    for (let tries = 0; tries < 5; tries++) await backOff.enter(['address 1', 'user a']);
    await backOff.forgive('user a');
    await backOff.takeBack('address 1');
    expect(await backOff.enter(['address 1', 'user a'])).toBe(0);
    expect(await backOff.enter(['user a'])).toBe(0);
    expect(await backOff.enter(['address 1'])).toBe(15 * 60);
  }));

test('of a thousand tries at once in three processes five are taken, and a process that comes later knows of them', () =>
  withBackOffs(3, async (backOffs) => {
    const waits = await Promise.all(
      Array.from({ length: 1_000 }, (_, index) => backOffs[index % 2]?.enter([`address ${index}`, 'user a'])),
    );
    expect(waits.filter((wait) => wait === 0)).toHaveLength(5);
    expect(waits.filter((wait) => wait === 15 * 60)).toHaveLength(995);
    expect(await backOffs[2]?.enter(['user a'])).toBe(15 * 60);
    expect(await backOffs[2]?.enter(['address 1'])).toBe(0);
  }));
