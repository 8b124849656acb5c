import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findPepper, loadPepper, PepperError } from './pepper.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ezmodel-pepper-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

test('is made once, 32 bytes that only the owner may read', () => {
  const dataDir = join(directory, 'not', 'yet', 'there');
  expect(findPepper(dataDir)).toBeUndefined();
  const pepper = loadPepper(dataDir);
  expect(pepper).toHaveLength(32);
  expect(loadPepper(dataDir)).toEqual(pepper);
  expect(findPepper(dataDir)).toEqual(pepper);
  expect(readdirSync(dataDir)).toEqual(['key-pepper']);
  expect(statSync(join(dataDir, 'key-pepper')).mode & 0o777).toBe(0o600);
});

test('a damaged file is reported, never replaced', () => {
  writeFileSync(join(directory, 'key-pepper'), 'short');
  expect(() => loadPepper(directory)).toThrow(PepperError);
  expect(statSync(join(directory, 'key-pepper')).size).toBe(5);
});

test('processes that come at the same time all get the same one', { timeout: 30_000 }, async () => {
  const script = `import { loadPepper } from ${JSON.stringify(new URL('./pepper.ts', import.meta.url).href)};
    process.stdout.write(Buffer.from(loadPepper(${JSON.stringify(directory)})).toString('hex'));`;
  const run = () => promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]);
  const outputs = await Promise.all(Array.from({ length: 6 }, run));
  const peppers = new Set(outputs.map(({ stdout }) => stdout));
  expect([...peppers]).toEqual([Buffer.from(loadPepper(directory)).toString('hex')]);
  expect(readdirSync(directory)).toEqual(['key-pepper']);
});
