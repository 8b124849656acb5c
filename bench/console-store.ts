import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { LATENCY_BOUNDS } from '../src/core/latency-buckets.ts';
import { insertBudget } from '../src/store/budgets.ts';
import { keepFolds } from '../src/store/folds/keep.ts';
import { openStore, type Store } from '../src/store/open.ts';
import { changeWithAudit } from '../src/store/people/audit.ts';
import { COUNTERS } from '../src/store/tables/counters.ts';

const DAY = 24 * 3_600_000;
const HOUR = 3_600_000;

/** How long ago the first exchange was, in days. */
export const DAYS = 400;

const KEYS = 100;
const PROJECTS = 10;
const MODELS = 12;
const CHANNELS = ['anthropic', 'bedrock', 'vertex', 'azure', 'relay'];

/** A key of few exchanges. */
export const RARE_KEY = 'benchkeyrare';

/** A session of many exchanges. */
export const SESSION = 'session-3';

const BUDGETS_OF_KEYS = 5;
const AUDITED = 5_000;

/** Exchanges of one statement: progress is told between two. */
const AT_ONCE = 250_000;

const PRAGMAS = `PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000;
  PRAGMA temp_store = MEMORY; PRAGMA threads = 2`;

/** What a store is filled with. */
export type Filling = {
  dataDir: string;
  count: number;
  /** The id of a key that stands there already; a hundredth of the exchanges is its own. */
  busyKey: string;
  tell: (text: string) => void;
};

/**
 * Fills an SQLite store that was opened before with exchanges over {@link DAYS} until now. SQLite makes the rows itself, which takes
 * a fraction of the time that values from here take; indexes are built over all rows at once.
 */
export async function makeStore(filling: Filling): Promise<void> {
  const { dataDir, tell } = filling;
  const database = new DatabaseSync(join(dataDir, 'ezmodel.db'));
  database.exec(PRAGMAS);
  insertHolders(database);
  const [indexes, triggers] = [takeAway(database, 'index'), takeAway(database, 'trigger')];
  insertExchanges(database, filling);
  for (const sql of [...indexes, ...ROLL_UPS, ...triggers]) {
    tell(sql.replaceAll(/\s+/g, ' ').slice(0, 70));
    database.exec(sql);
  }
  database.exec('PRAGMA journal_mode = WAL');
  database.close();
  const store = await openStore({ dataDir });
  tell('audit log');
  for (let index = 0; index < AUDITED; index++) await changeWithAudit(store, [], auditEntry(index));
  tell('budgets');
  await insertBudgets(store, filling.busyKey);
  tell('folds');
  await keepFolds({ store, now: Date.now, holder: 'bench', notice: 0, pace: async () => true });
  await store.close();
}

function auditEntry(index: number) {
  const [actor, address, action] = ['user:bench', '127.0.0.1', 'keys.update'];
  return {
    ...{ actor, address, action },
    at: Date.now(),
    subject: `key:benchkey${index % KEYS}`,
    before: '{}',
    after: '{}',
  };
}

/** A monthly one on each project, and on some keys. */
async function insertBudgets(store: Store, busyKey: string): Promise<void> {
  const keys = [busyKey, ...Array.from({ length: BUDGETS_OF_KEYS - 1 }, (_, index) => `benchkey${index + 1}`)];
  const projects = Array.from({ length: PROJECTS }, (_, index) => `project:benchproject${index}`);
  for (const subject of [...projects, ...keys.map((key) => `key:${key}`)]) {
    await insertBudget(store, {
      ...{ id: `bud_${subject}`, name: `of ${subject}`, subject, amount: 10 ** 15, period: 'month', timeZone: 'UTC' },
      ...{ hard: false, alerts: [80], createdAt: Date.now() - DAYS * DAY, managed: false },
    });
  }
}

function insertHolders(database: DatabaseSync): void {
  const project = database.prepare('INSERT INTO projects (id, name, created_at, managed) VALUES (?, ?, ?, 0)');
  for (let index = 0; index < PROJECTS; index++) project.run(`benchproject${index}`, `project ${index}`, Date.now());
  const key = database.prepare(
    'INSERT INTO keys (id, name, digest, last_four, created_at, project_id, managed) VALUES (?, ?, ?, ?, ?, ?, 0)',
  );
  for (let index = 1; index < KEYS; index++) {
    key.run(`benchkey${index}`, `key ${index}`, randomBytes(32), 'abcd', Date.now(), `benchproject${index % PROJECTS}`);
  }
  key.run(RARE_KEY, 'rare key', randomBytes(32), 'abcd', Date.now(), 'benchproject0');
}

/** Drops indexes and triggers that cost less over all rows at once; answers what makes them. */
function takeAway(database: DatabaseSync, type: 'index' | 'trigger'): string[] {
  const tables =
    type === 'index'
      ? ['exchanges', 'attempts', 'ledger', 'hourly', 'hourly_times', 'cache_prefixes']
      : ['hourly', 'hourly_times'];
  const rows = database
    .prepare(`SELECT name, sql FROM sqlite_schema WHERE type = '${type}' AND sql IS NOT NULL
      AND tbl_name IN (${tables.map((table) => `'${table}'`).join(', ')})`)
    .all();
  for (const { name } of rows) database.exec(`DROP ${type} ${String(name)}`);
  return rows.map(({ sql }) => String(sql));
}

/** The time digits of an id, as SQL over a column `at`. */
const TIME_DIGITS = Array.from({ length: 10 }, (_, place) => {
  const shift = 5 * (9 - place);
  return `substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', (at >> ${shift} & 31) + 1, 1)`;
}).join(' || ');

const pick = (names: readonly string[], index: string) =>
  `CASE ${index} ${names.map((name, at) => `WHEN ${at} THEN '${name}'`).join(' ')} END`;

/** When the first exchange is (Unix ms), the time between two (ms), and the busy key. */
type Numbers = { from: number; step: number; busyKey: string };

/**
 * The exchanges from `first` to before `last`, as a query. Multiples of primes, so that no two filters go together; as in life a
 * key asks for few models, and a model is at few channels.
 */
function exchangesBetween(first: number, last: number, { from, step, busyKey }: Numbers): string {
  return `WITH RECURSIVE numbers (i) AS (SELECT ${first} UNION ALL SELECT i + 1 FROM numbers LIMIT ${last - first}),
    timed AS (SELECT i, ${from} + CAST(i * ${step} AS INTEGER) AS at, i * 7919 % ${KEYS} AS key, i % 99991 = 7 AS rare, i % 53 = 0 AS failed FROM numbers),
    routed AS (SELECT *, (key + (i >> 4) % 2) % ${MODELS} AS model, i % 900 AS input, i * 13 % 20000 AS read, i * 5 % 700 AS written, i * 3 % 1500 AS output FROM timed)
  SELECT 'req_' || ${TIME_DIGITS} || printf('%016d', i) AS id, CASE WHEN rare THEN '${RARE_KEY}' WHEN key = 0 THEN '${busyKey}' ELSE 'benchkey' || key END AS key_id,
    'benchproject' || iif(rare, 0, key % ${PROJECTS}) AS project_id, 'model-' || model AS model, at AS started_at,
    at + 500 + i * 31 % 2000 + i * 17 % 20000 AS ended_at, iif(failed, NULL, at + 200 + i * 31 % 2000) AS first_event_at,
    iif(failed, 'error', 'ok') AS outcome, iif(failed, 529, 200) AS http_status, iif(failed, 'overloaded', NULL) AS error_kind,
    ${pick(CHANNELS, `(model + (i >> 5) % 2) % ${CHANNELS.length}`)} AS channel, input, read AS cache_read, written AS cache_write_5m, output,
    iif(failed, 0, input * 5000 + read * 500 + written * 6250 + output * 25000) AS cost_nano_usd, iif(i % 211 = 0, 'top_k', NULL) AS losses
  FROM routed`;
}

const SHOWN =
  'id, key_id, project_id, model, started_at, ended_at, first_event_at, outcome, http_status, error_kind, channel';
const SUMS = 'input, cache_read, cache_write_5m, output, cost_nano_usd';

function insertExchanges(database: DatabaseSync, { count, busyKey, tell }: Filling): void {
  const step = (DAYS * DAY) / count;
  const from = Date.now() - 60_000 - DAYS * DAY;
  for (let first = 0; first < count; first += AT_ONCE) {
    tell(`${first} of ${count} exchanges`);
    const made = exchangesBetween(first, Math.min(count, first + AT_ONCE), { from, step, busyKey });
    database.exec(`BEGIN; CREATE TEMP TABLE made AS ${made};
      INSERT INTO exchanges (${SHOWN}, ${SUMS}, losses, dialect, stream, upstream_model, attempts)
        SELECT ${SHOWN}, ${SUMS}, losses, 'anthropic-messages', 1, model, 1 FROM made;
      INSERT INTO attempts (exchange_id, attempt, channel, provider, upstream_model, started_at, estimated_input, dialect, reason,
          request_bytes, answer_bytes, sent_at, headers_at, first_event_at, ended_at, outcome, http_status, error_kind)
        SELECT id, 1, channel, 'anthropic', model, started_at, 900, 'anthropic-messages', 'first choice', 4000, 9000,
          started_at + 1, started_at + 100, first_event_at, ended_at, outcome, http_status, error_kind FROM made;
      INSERT INTO ledger (exchange_id, attempt, kind, sequence, at, price_version, ${SUMS}, cache_write_1h, reasoning, web_searches,
          partial, estimated, unpriced)
        SELECT id, 1, 'charge', 0, ended_at, 'bench', ${SUMS}, 0, 0, 0, 0, 0, 0 FROM made;
      INSERT INTO attempt_errors (exchange_id, attempt, text)
        SELECT id, 1, 'Overloaded: host ' || rowid % 97 || ' of ' || channel || ' is busy, try again' FROM made WHERE outcome = 'error';
      INSERT INTO cache_prefixes (exchange_id, session, ttl, tools, system, messages)
        SELECT id, 'session-' || ((${first} + rowid) / 2000), 300000, 'aaaaaaaa', 'bbbbbbbb', 'cccccccc dddddddd eeeeeeee' FROM made WHERE rowid % 10 = 0;
      DROP TABLE made; COMMIT`);
  }
}

const bucketsOf = (name: string, took: string) =>
  [...LATENCY_BOUNDS, Number.MAX_SAFE_INTEGER].map((bound, bucket) => ({
    column: `${name}_${bucket}`,
    sum: `sum(outcome = 'ok' AND ${took} <= ${bound} AND ${took} > ${LATENCY_BOUNDS[bucket - 1] ?? -1})`,
  }));

const BUCKETS = [
  ...bucketsOf('first', '(first_event_at - started_at)'),
  ...bucketsOf('total', '(ended_at - started_at)'),
];

/** What the writer would have summed up. */
const ROLL_UPS = [
  `INSERT INTO hourly (hour, key_id, model, channel, project_id, exchanges, errors, unpriced, ${COUNTERS.join(', ')}, cost_nano_usd)
    SELECT started_at / ${HOUR}, key_id, model, channel, min(project_id), count(*), sum(outcome <> 'ok'), 0,
      ${COUNTERS.map((sum) => `sum(${sum})`).join(', ')}, sum(cost_nano_usd) FROM exchanges GROUP BY 1, 2, 3, 4`,
  `INSERT INTO hourly_times (hour, key_id, model, channel, project_id, saved_nano_usd, ${BUCKETS.map(({ column }) => column).join(', ')})
    SELECT started_at / ${HOUR}, key_id, model, channel, min(project_id), sum(cache_read) * 4500, ${BUCKETS.map(({ sum }) => `coalesce(${sum}, 0)`).join(', ')}
    FROM exchanges GROUP BY 1, 2, 3, 4`,
];
