import { copyFileSync, mkdtempSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DURABILITIES } from '../../core/durability.ts';
import { openForWriting } from './connection.ts';

let folder: string;
let database: DatabaseSync;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ezmodel-durability-'));
});

afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true });
});

/** What SQLite calls it: 1 waits at checkpoints, 2 with each commit. */
const SYNCHRONOUS = { process: 1, power: 2 };

test.each(DURABILITIES)('S2 a commit that is to outlive the %s waits as long as that takes', (durability) => {
  database = openForWriting(join(folder, 'a.db'), durability);
  expect(database.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: SYNCHRONOUS[durability] });
});

test('S2 a file whose log has lost its end holds all commits before the cut, and is whole', () => {
  const file = join(folder, 'a.db');
  database = openForWriting(file, 'power');
  database.exec('CREATE TABLE told (id INTEGER PRIMARY KEY)');
  const ends: number[] = [];
  for (let id = 1; id <= 20; id++) {
    database.exec(`INSERT INTO told VALUES (${id})`);
    ends.push(statSync(`${file}-wal`).size);
  }
  for (const [index, end] of ends.entries()) {
    const cut = join(folder, `cut-${index}.db`);
    copyFileSync(file, cut);
    copyFileSync(`${file}-wal`, `${cut}-wal`);
    // The next commit was on its way to the disk when the power went.
    truncateSync(`${cut}-wal`, Math.min(end + 1_000, ends.at(-1) ?? end));
    const after = openForWriting(cut, 'power');
    expect(after.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
    expect(after.prepare('SELECT count(*) AS count FROM told').get()).toEqual({ count: index + 1 });
    after.close();
  }
});
