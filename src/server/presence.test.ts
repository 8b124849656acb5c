import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Books, openBooks } from '../../test/support/ledger-books.ts';
import { listBeats } from '../store/nodes.ts';
import { createPresence, type Presence } from './presence.ts';

const LEASE = 600;
const BEAT = 100;

let books: Books;
/** Monotonic ms of each node, none of which agrees with another. */
const clocks = { a: 0, b: 7_000_000, watcher: -5 };
beforeEach(async () => {
  books = await openBooks();
});
afterEach(() => books.close());

function presenceOf(name: keyof typeof clocks): Presence {
  const node = name === 'watcher' ? undefined : name;
  return createPresence({ store: books.store, node, lease: () => LEASE, clock: () => clocks[name], now: () => 0 });
}

/** Time passes, and these nodes beat in each interval. */
async function pass(ms: number, beating: readonly Presence[]): Promise<void> {
  for (let passed = 0; passed < ms; passed += BEAT) {
    for (const name of ['a', 'b', 'watcher'] as const) clocks[name] += BEAT;
    for (const presence of beating) await presence.beat();
  }
}

test('S18 a process is gone when it is silent for the lease, and is back with its next heartbeat', async () => {
  const [a, b, watcher] = [presenceOf('a'), presenceOf('b'), presenceOf('watcher')];
  await pass(1_000, [a, b, watcher]);
  expect([a.count(), watcher.count(), a.isGone('b'), watcher.isGone('b')]).toEqual([2, 2, false, false]);
  await pass(LEASE - BEAT, [a, watcher]);
  expect(a.isGone('b')).toBe(false);
  await pass(2 * BEAT, [a, watcher]);
  expect([a.count(), a.isGone('b'), watcher.isGone('b'), a.isGone('a')]).toEqual([1, true, true, false]);
  await b.beat();
  await a.beat();
  expect([a.count(), a.isGone('b'), b.isGone('a')]).toEqual([2, false, false]);
});

test('S6 while nobody could look, as in an outage of the database, nobody has died', async () => {
  const [a, b] = [presenceOf('a'), presenceOf('b')];
  await pass(1_000, [a, b]);
  await pass(60_000, []);
  await a.beat();
  expect(a.isGone('b')).toBe(false);
  await pass(LEASE - BEAT, [a]);
  expect(a.isGone('b')).toBe(false);
});

test('S18 a process that stood still shows that it lives ahead of what it writes next', async () => {
  const [a, b] = [presenceOf('a'), presenceOf('b')];
  await pass(1_000, [a, b]);
  await pass(LEASE + BEAT, [a]);
  expect([a.isGone('b'), a.isGone('b', 2 * LEASE)]).toEqual([true, false]);
  b.showLife();
  await books.store.writer.flush();
  await pass(BEAT, [a]);
  expect(a.isGone('b')).toBe(false);
  const beats = (await listBeats(books.store)).find(({ id }) => id === 'b')?.beats;
  b.showLife();
  await books.store.writer.flush();
  expect((await listBeats(books.store)).find(({ id }) => id === 'b')?.beats).toBe(beats);
});

test('a process that says good-bye is no more at once', async () => {
  const [a, b] = [presenceOf('a'), presenceOf('b')];
  await pass(300, [a, b]);
  await b.leave();
  await pass(BEAT, [a]);
  expect([a.count(), a.isGone('b'), a.isGone('never seen')]).toEqual([1, false, false]);
});
