import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { LATENCY_BOUNDS } from '../src/core/latency-buckets.ts';
import { firstIdAt } from '../src/store/first-id.ts';
import { openStore } from '../src/store/open.ts';

const DAY = 24 * 3_600_000;
const HOUR = 3_600_000;

/** What the exchanges of the store are of. */
export const KEYS = 40;
export const PROJECTS = 8;
export const MODELS = Array.from({ length: 12 }, (_, index) => `model-${index}`);
export const CHANNELS = ['anthropic', 'bedrock', 'vertex', 'azure', 'relay'];

/** A key of many exchanges, and one of few. */
export const BUSY_KEY = 'benchkey0000';
export const RARE_KEY = 'benchkeyrare';

const EXCHANGE = `INSERT INTO exchanges (id, key_id, project_id, model, dialect, stream, started_at, ended_at, first_event_at, outcome,
  http_status, error_kind, channel, upstream_model, input, cache_read, cache_write_5m, output, cost_nano_usd, attempts, losses)
  VALUES (?, ?, ?, ?, 'anthropic-messages', 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?)`;
const ATTEMPT = `INSERT INTO attempts (exchange_id, attempt, channel, provider, upstream_model, started_at, estimated_input, dialect,
  reason, request_bytes, answer_bytes, sent_at, headers_at, first_event_at, ended_at, outcome, http_status, error_kind)
  VALUES (?, 1, ?, 'anthropic', ?, ?, ?, 'anthropic-messages', 'first choice', 4000, 9000, ?, ?, ?, ?, ?, ?, ?)`;
const LEDGER = `INSERT INTO ledger (exchange_id, attempt, kind, sequence, at, price_version, input, cache_read, cache_write_5m,
  cache_write_1h, output, reasoning, web_searches, cost_nano_usd, partial, estimated, unpriced)
  VALUES (?, 1, 'charge', 0, ?, 'bench', ?, ?, ?, 0, ?, 0, 0, ?, 0, 0, 0)`;
const ERROR = 'INSERT INTO attempt_errors (exchange_id, attempt, text) VALUES (?, 1, ?)';

/** Fills an SQLite store of its own with so many exchanges over 90 days until now, as fast as SQLite takes them. */
export async function makeStore(dataDir: string, count: number, tell: (text: string) => void): Promise<void> {
  await (await openStore({ dataDir })).close();
  const database = new DatabaseSync(join(dataDir, 'ezmodel.db'));
  database.exec(
    'PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -400000; PRAGMA temp_store = FILE',
  );
  insertHolders(database);
  const indexes = takeIndexes(database);
  insertExchanges(database, count, tell);
  for (const sql of indexes) {
    tell(sql.slice(0, 70));
    database.exec(sql);
  }
  tell('roll-ups');
  rollUp(database);
  database.exec('PRAGMA journal_mode = WAL');
  database.close();
}

function insertHolders(database: DatabaseSync): void {
  const project = database.prepare('INSERT INTO projects (id, name, created_at, managed) VALUES (?, ?, ?, 0)');
  for (let index = 0; index < PROJECTS; index++) project.run(`benchproject${index}`, `project ${index}`, Date.now());
  const key = database.prepare(
    'INSERT INTO keys (id, name, digest, last_four, created_at, project_id, managed) VALUES (?, ?, ?, ?, ?, ?, 0)',
  );
  for (let index = 0; index < KEYS; index++) {
    key.run(keyOf(index), `key ${index}`, randomBytes(32), 'abcd', Date.now(), `benchproject${index % PROJECTS}`);
  }
  key.run(RARE_KEY, 'rare key', randomBytes(32), 'abcd', Date.now(), 'benchproject0');
}

function keyOf(index: number): string {
  return `benchkey${String(index).padStart(4, '0')}`;
}

/** Drops indexes, which are built faster over all rows at once; answers what makes them. */
function takeIndexes(database: DatabaseSync): string[] {
  const rows = database
    .prepare(
      "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ('exchanges', 'attempts', 'ledger')",
    )
    .all();
  for (const { name } of rows) database.exec(`DROP INDEX ${String(name)}`);
  return rows.map(({ sql }) => String(sql));
}

function insertExchanges(database: DatabaseSync, count: number, tell: (text: string) => void): void {
  const [exchange, attempt, ledger, error] = [EXCHANGE, ATTEMPT, LEDGER, ERROR].map((sql) => database.prepare(sql));
  const until = Date.now() - 60_000;
  const step = (90 * DAY) / count;
  database.exec('BEGIN');
  for (let index = 0; index < count; index++) {
    const at = Math.floor(until - (count - index) * step);
    const id = firstIdAt(at) + index.toString(36).toUpperCase().padStart(16, '0');
    // Multiples of primes, so that no two filters go together.
    const isRare = index % 99_991 === 7;
    const number = (index * 7_919) % KEYS;
    const key = isRare ? RARE_KEY : keyOf(number);
    // As it is in life: a key asks for few models, and a model is at few channels.
    const modelNumber = (number + ((index >> 4) % 2)) % MODELS.length;
    const model = MODELS[modelNumber] ?? '';
    const channel = CHANNELS[(modelNumber + ((index >> 5) % 2)) % CHANNELS.length] ?? '';
    const isFailed = index % 53 === 0;
    const first = at + 200 + ((index * 31) % 2_000);
    const end = first + 300 + ((index * 17) % 20_000);
    const [input, read, written, output] = [index % 900, (index * 13) % 20_000, (index * 5) % 700, (index * 3) % 1_500];
    const cost = isFailed ? 0 : input * 5_000 + read * 500 + written * 6_250 + output * 25_000;
    const [outcome, status, kind] = isFailed ? ['error', 529, 'overloaded'] : ['ok', 200, null];
    exchange?.run(
      ...[id, key, isRare ? 'benchproject0' : `benchproject${number % PROJECTS}`, model, at, end],
      ...[
        isFailed ? null : first,
        outcome ?? null,
        status ?? null,
        kind ?? null,
        channel,
        model,
        input,
        read,
        written,
        output,
        cost,
      ],
      index % 211 === 0 ? 'top_k' : null,
    );
    attempt?.run(
      ...[id, channel, model, at, 900, at + 1, at + 100, isFailed ? null : first, end, outcome ?? null, status ?? null],
      kind ?? null,
    );
    ledger?.run(id, end, input, read, written, output, cost);
    if (isFailed) error?.run(id, `Overloaded: host ${index % 97} of ${channel} is busy, try again`);
    if (index % 500_000 === 0) {
      tell(`${index} of ${count} exchanges`);
      database.exec('COMMIT; BEGIN');
    }
  }
  database.exec('COMMIT');
}

function rollUp(database: DatabaseSync): void {
  const sums = ['input', 'cache_read', 'cache_write_5m', 'cache_write_1h', 'output', 'reasoning', 'web_searches'];
  database.exec(`INSERT INTO hourly (hour, key_id, model, channel, project_id, exchanges, errors, unpriced, ${sums.join(', ')}, cost_nano_usd)
    SELECT started_at / ${HOUR}, key_id, model, channel, min(project_id), count(*), sum(outcome <> 'ok'), 0,
      ${sums.map((sum) => `sum(${sum})`).join(', ')}, sum(cost_nano_usd) FROM exchanges GROUP BY 1, 2, 3, 4`);
  const bucketsOf = (name: string, took: string) =>
    [...LATENCY_BOUNDS, Number.MAX_SAFE_INTEGER].map((bound, bucket) => ({
      column: `${name}_${bucket}`,
      sum: `sum(outcome = 'ok' AND ${took} <= ${bound} AND ${took} > ${LATENCY_BOUNDS[bucket - 1] ?? -1})`,
    }));
  const buckets = [
    ...bucketsOf('first', '(first_event_at - started_at)'),
    ...bucketsOf('total', '(ended_at - started_at)'),
  ];
  database.exec(`INSERT INTO hourly_times (hour, key_id, model, channel, project_id, saved_nano_usd, ${buckets.map(({ column }) => column).join(', ')})
    SELECT started_at / ${HOUR}, key_id, model, channel, min(project_id), sum(cache_read) * 4500, ${buckets.map(({ sum }) => `coalesce(${sum}, 0)`).join(', ')}
    FROM exchanges GROUP BY 1, 2, 3, 4`);
}
