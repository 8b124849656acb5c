import type { Migration } from './migration.ts';

const BUCKETS = Array.from({ length: 24 }, (_, bucket) => bucket);

/** Sums of `hourly`, and of `hourly_times`. */
const SUMS = {
  hourly: [
    ...['exchanges', 'errors', 'unpriced', 'input', 'cache_read', 'cache_write_5m', 'cache_write_1h', 'output'],
    ...['reasoning', 'web_searches', 'cost_nano_usd'],
  ],
  hourly_times: [
    'saved_nano_usd',
    ...BUCKETS.map((bucket) => `first_${bucket}`),
    ...BUCKETS.map((bucket) => `total_${bucket}`),
  ],
};

type Source = keyof typeof SUMS;

/** A table with the sums of another one by fewer columns, kept by triggers, so that it is right whoever writes the other one. */
function widerTable(source: Source, table: string, by: Record<string, { type: string; of: string }>): string {
  const sums = SUMS[source];
  const names = Object.keys(by);
  const columns = [...names, ...sums].join(', ');
  const identity = (row: string) => Object.values(by).map(({ of }) => of.replaceAll('row.', row));
  const add = (values: readonly string[]) => `INSERT INTO ${table} (${columns}) VALUES (${values.join(', ')})
    ON CONFLICT (${names.join(', ')}) DO UPDATE SET ${sums.map((sum) => `${sum} = ${table}.${sum} + excluded.${sum}`).join(', ')};`;
  const trigger = (event: string, statements: string) =>
    `CREATE TRIGGER ${table}_${event.toLowerCase()} AFTER ${event} ON ${source} BEGIN ${statements} END;`;
  return `
CREATE TABLE ${table} (
  ${Object.entries(by)
    .map(([name, { type }]) => `${name} ${type} NOT NULL`)
    .join(', ')},
  ${sums.map((sum) => `${sum} INTEGER NOT NULL DEFAULT 0`).join(', ')},
  PRIMARY KEY (${names.join(', ')})
) STRICT, WITHOUT ROWID;
INSERT INTO ${table} (${columns})
  SELECT ${identity('').join(', ')}, ${sums.map((sum) => `sum(${sum})`).join(', ')} FROM ${source}
  GROUP BY ${identity('').join(', ')};
${trigger('INSERT', add([...identity('new.'), ...sums.map((sum) => `new.${sum}`)]))}
${trigger('UPDATE', add([...identity('new.'), ...sums.map((sum) => `new.${sum} - old.${sum}`)]))}
${trigger('DELETE', add([...identity('old.'), ...sums.map((sum) => `-old.${sum}`)]))}
`;
}

const hour = { type: 'INTEGER', of: 'row.hour' };
const day = { type: 'INTEGER', of: 'row.hour / 24' };
const text = (column: string) => ({ type: 'TEXT', of: `row.${column}` });
const whose = {
  key_id: text('key_id'),
  model: text('model'),
  channel: text('channel'),
  project_id: text('project_id'),
};

/**
 * Roll-ups of roll-ups, so that months are read as fast as hours: by hour and project for all that is summed up, by UTC day with
 * everything that figures are told apart by for rankings.
 */
export const widerRollUps: Migration = {
  version: 25,
  sql: [
    widerTable('hourly', 'hourly_totals', { hour, project_id: text('project_id') }),
    widerTable('hourly_times', 'hourly_total_times', { hour, project_id: text('project_id') }),
    widerTable('hourly', 'daily', { day, ...whose }),
    widerTable('hourly_times', 'daily_times', { day, ...whose }),
  ].join(''),
};
