import { statSync } from 'node:fs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { temporaryDirectory } from '../../../test/support/ledger-books.ts';
import { openStore, type Store } from '../open.ts';
import { openForCheckpoints } from './connection.ts';
import { measureLog } from './copy-log.ts';

let store: Store;
let removeDirectory: () => void;

beforeEach(async () => {
  const directory = temporaryDirectory();
  removeDirectory = directory.remove;
  store = await openStore({ dataDir: directory.path });
});

afterEach(async () => {
  await store.close();
  removeDirectory();
});

const MIB = 1024 ** 2;

/** As many batches as pass between two looks at the log, with more pages than it may have. */
async function writeMuch(): Promise<void> {
  for (let batch = 0; batch < 64; batch += 1) {
    const sql = 'INSERT INTO settings (name, value, updated_at) VALUES (?, ?, 0)';
    await store.writer.run({ sql, parameters: [`${performance.now()} ${batch}`, 'x'.repeat(MIB / 2)] });
  }
}

test('G11 the log is copied into the file beside the commits, and then begins anew', async () => {
  await writeMuch();
  const watcher = openForCheckpoints(store.place);
  try {
    await vi.waitFor(
      () => {
        const { pages, copied } = measureLog(watcher);
        expect(copied).toBe(pages);
      },
      { timeout: 30_000 },
    );
  } finally {
    watcher.close();
  }
  const { size } = statSync(`${store.place}-wal`);
  await writeMuch();
  expect(statSync(`${store.place}-wal`).size).toBeLessThan(size * 1.5);
});
