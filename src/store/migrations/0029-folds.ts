import type { Migration } from './migration.ts';

const WIDER = {
  hourly: ['hourly_totals', 'daily'],
  hourly_times: ['hourly_total_times', 'daily_times'],
};
const EVENTS = ['insert', 'update', 'delete'];

const triggersOf = ([source, tables]: [string, string[]]) =>
  tables.flatMap((table) => EVENTS.map((event) => ({ source, name: `${table}_${event}` })));

const TRIGGERS = Object.entries(WIDER).flatMap(triggersOf);
const TABLES = Object.values(WIDER).flat();
const dropTables = TABLES.map((table) => `DROP TABLE ${table};`);

/** The wider roll-ups that triggers kept go: each exchange paid for them, and they were not wide enough for months. */
export const dropWiderRollUps: Migration = {
  version: 29,
  sql: [...TRIGGERS.map(({ name }) => `DROP TRIGGER ${name};`), ...dropTables].join('\n'),
  postgres: [
    ...TRIGGERS.map(({ source, name }) => `DROP TRIGGER ${name} ON ${source}; DROP FUNCTION ${name}();`),
    ...dropTables,
  ].join('\n'),
};

const BUCKETS = Array.from({ length: 24 }, (_, bucket) => bucket);

const SUMS = [
  ...['exchanges', 'errors', 'unpriced', 'input', 'cache_read', 'cache_write_5m', 'cache_write_1h', 'output'],
  ...[
    'reasoning',
    'web_searches',
    'web_fetches',
    'file_searches',
    'code_containers',
    'cost_nano_usd',
    'saved_nano_usd',
  ],
  ...BUCKETS.map((bucket) => `first_${bucket}`),
  ...BUCKETS.map((bucket) => `total_${bucket}`),
];

/** Counts the changes of an hour that may have been folded already. */
function marking(table: string, event: string): string {
  const row = event === 'DELETE' ? 'old' : 'new';
  return `CREATE TRIGGER ${table}_marked_by_${event.toLowerCase()} AFTER ${event} ON ${table} BEGIN
  INSERT INTO stale_hours (hour, marks) SELECT ${row}.hour, 1 FROM fold_state WHERE ${row}.hour < announced
    ON CONFLICT (hour) DO UPDATE SET marks = stale_hours.marks + 1;
END;`;
}

/**
 * Sums of the roll-ups of past hours, by longer and longer steps of time and by each thing that figures are told apart by
 * (`store/folds/`), made in the background; and which hours have changed since. Beside them what leads to the hours of one key.
 */
export const folds: Migration = {
  version: 30,
  sql: `
CREATE TABLE folds (
  dimension TEXT NOT NULL,
  hours INTEGER NOT NULL,
  step INTEGER NOT NULL,
  project_id TEXT NOT NULL,
  name TEXT NOT NULL,
  ${SUMS.map((sum) => `${sum} INTEGER NOT NULL`).join(', ')},
  PRIMARY KEY (dimension, hours, step, project_id, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE fold_levels (
  hours INTEGER NOT NULL PRIMARY KEY,
  first_step INTEGER NOT NULL,
  next_step INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE fold_state (
  id INTEGER NOT NULL PRIMARY KEY,
  announced INTEGER NOT NULL,
  announced_at INTEGER NOT NULL,
  ready INTEGER NOT NULL,
  holder TEXT NOT NULL,
  held_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO fold_state (id, announced, announced_at, ready, holder, held_until) VALUES (1, 0, 0, 0, '', 0);
CREATE TABLE stale_hours (hour INTEGER NOT NULL PRIMARY KEY, marks INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX hourly_by_key ON hourly (key_id, hour);
CREATE INDEX hourly_times_by_key ON hourly_times (key_id, hour);
${['hourly', 'hourly_times'].flatMap((table) => ['INSERT', 'UPDATE', 'DELETE'].map((event) => marking(table, event))).join('\n')}
`,
};
