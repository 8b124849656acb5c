import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../../../test/support/ledger-books.ts';
import { openStore } from '../open.ts';
import { query } from '../query.ts';

const count = (rows: number) =>
  sql<{ count: number }>`WITH RECURSIVE numbers (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers LIMIT ${rows})
    SELECT count(*) AS count FROM numbers`.compile(query);

test('a report that takes long holds up no other, those that wait for a closed store fail', async () => {
  const directory = temporaryDirectory();
  const store = await openStore({ dataDir: directory.path });
  try {
    const ended: string[] = [];
    const long = store.reports.all(count(6_000_000)).then((rows) => {
      ended.push('long');
      return rows;
    });
    const short = Array.from({ length: 20 }, (_, index) =>
      store.reports.all(count(index + 1)).then(([row]) => {
        ended.push('short');
        return row?.count;
      }),
    );
    expect(await Promise.all(short)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    expect(await long).toEqual([{ count: 6_000_000 }]);
    expect(ended.at(-1)).toBe('long');
    await expect(store.reports.all(sql`SELECT nothing`.compile(query))).rejects.toThrow('nothing');

    const left = Array.from({ length: 3 }, () => store.reports.all(count(500_000)));
    const refused = Promise.allSettled(left);
    await store.close();
    expect((await refused).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
  } finally {
    await store.close().catch(() => undefined);
    directory.remove();
  }
});
