import type { Migration } from './migration.ts';

const COUNTERS = ['web_fetches', 'file_searches', 'code_containers'];

const added = (table: string, column: (counter: string) => string) =>
  COUNTERS.map((counter) => `ALTER TABLE ${table} ADD COLUMN ${column(counter)};`);

/** What upstreams do beside making tokens, and bill by the use: as `web_searches`. */
export const toolCounters: Migration = {
  version: 26,
  sql: [
    ...['exchanges', 'ledger', 'hourly', 'closed_hours'].flatMap((table) =>
      added(table, (counter) => `${counter} INTEGER NOT NULL DEFAULT 0`),
    ),
    ...added('attempts', (counter) => `so_far_${counter} INTEGER`),
  ].join('\n'),
};
