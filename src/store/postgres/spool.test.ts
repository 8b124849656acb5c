import { appendFileSync, existsSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { temporaryDirectory } from '../../../test/support/ledger-books.ts';
import type { Operation } from '../sqlite/protocol.ts';
import { absorbSpools } from './absorb-spools.ts';
import { openSpool } from './spool.ts';

let directory: ReturnType<typeof temporaryDirectory>;
let file: string;
beforeEach(() => {
  directory = temporaryDirectory();
  file = join(directory.path, 'spool.log');
});
afterEach(() => directory.remove());

const operation = (name: string): Operation => ['run', name, []];

async function write(path: string, ...names: string[]): Promise<void> {
  const spool = await openSpool(path);
  for (const name of names) await spool.append([operation(name)]);
  await spool.close();
}

/** The names of all that a spool gives back, in its order. */
async function replayed(): Promise<unknown[]> {
  const names: unknown[] = [];
  const spool = await openSpool(file);
  while (spool.size() > 0) {
    await spool.replaySome(async (operations) => {
      names.push(...operations.map(([, name]) => name));
    });
  }
  await spool.close();
  return names;
}

test('S6 what a crash left half written is cut off, whatever its length, and what comes later is found', async () => {
  await write(file, 'one', 'two', 'three');
  const whole = statSync(file).size;
  for (const missing of [1, 5, 12]) {
    truncateSync(file, whole - missing);
    await write(file, 'three');
    expect(statSync(file).size).toBe(whole);
  }
  appendFileSync(file, Buffer.alloc(40, 1));
  expect(await replayed()).toEqual(['one', 'two', 'three']);
  expect(statSync(file).size).toBe(0);
});

test('S6 a record that cannot be written yet stays, and a full spool takes nothing more', async () => {
  await write(file, 'one');
  const spool = await openSpool(file, statSync(file).size + 10);
  await expect(spool.append([operation('two')])).rejects.toMatchObject({ kind: 'overloaded' });
  await expect(spool.replaySome(() => Promise.reject(new Error('still away')))).rejects.toThrow('still away');
  await spool.close();
  expect(await replayed()).toEqual(['one']);
});

test('S6 the spools of workers that are no more are taken over, torn ends left out', async () => {
  const [first, third] = [join(directory.path, 'spool-0.log'), join(directory.path, 'spool-2.log')];
  await write(file, 'main');
  appendFileSync(file, 'torn');
  await write(first, 'a', 'b');
  await write(third, 'c', 'd');
  truncateSync(third, statSync(third).size - 3);
  await absorbSpools(directory.path, 'spool.log');
  expect([existsSync(first), existsSync(third)]).toEqual([false, false]);
  expect(await replayed()).toEqual(['main', 'a', 'b', 'c']);
});
