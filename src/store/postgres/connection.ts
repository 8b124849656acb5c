import pg from 'pg';
import { StoreError } from '../failure.ts';
import { typeParsers } from './values.ts';

/** How long a connection may take to open, in ms. */
const CONNECT_TIMEOUT_MS = 3_000;

/** How long one statement may be without an answer before its connection counts as dead, in ms. */
const ANSWER_TIMEOUT_MS = 5_000;

/**
 * How much of the patience a transaction may wait for its own process: then PostgreSQL ends it, and gives its locks to others
 * before they lose theirs. A process that stands still in the midst of a batch would else stop all that share a budget with it.
 */
const IDLE_SHARE = 0.6;

/** How long a query of a reader may take, in ms: reports read more than a batch writes. */
const READ_TIMEOUT_MS = 30_000;

/** Connections that read, per process. */
const READERS = 4;

/**
 * Opens the connection that writes; statements sent together need not wait for one another's answers.
 * @param patience ms that a statement may be without an answer.
 */
export async function connect(url: string, patience = ANSWER_TIMEOUT_MS): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    types: typeParsers,
    pipeline: true,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: patience,
    keepAlive: true,
    application_name: 'ezmodel',
  });
  // What becomes of a lost connection is decided by who used it: without a listener the process would end.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(`SET idle_in_transaction_session_timeout = ${Math.trunc(patience * IDLE_SHARE)}`);
    return client;
  } catch (error) {
    throw new StoreError('unavailable', `PostgreSQL at ${describeUrl(url)} cannot be reached: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

/** A plan that is made while a table is small would read the whole of it, and be kept when it has grown. */
const BY_KEYS = ['enable_seqscan', 'enable_hashjoin', 'enable_mergejoin'].map((way) => `SET ${way} = off`);

/**
 * Has a connection look rows up by their keys, as all writing does, and plan each statement once: planning one anew for each
 * batch takes longer than running it, and compiling it (older versions take a way that is off for a dear one) much longer.
 * @throws StoreError
 */
export async function goByKeys(client: pg.Client): Promise<void> {
  try {
    await client.query([...BY_KEYS, 'SET plan_cache_mode = force_generic_plan', 'SET jit = off'].join('; '));
  } catch (error) {
    throw toStoreError(error);
  }
}

/** The connections that read, opened as they are needed. */
export function createReaderPool(url: string): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    types: typeParsers,
    max: READERS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: READ_TIMEOUT_MS,
    keepAlive: true,
    application_name: 'ezmodel reader',
  });
  pool.on('error', () => undefined);
  return pool;
}

/** Host, port and database of an address, without its credentials. */
export function describeUrl(url: string): string {
  if (!URL.canParse(url)) return 'the address in DATABASE_URL';
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}

/** Whether an error is about the connection or the server as a whole, and not about one statement. */
export function isConnectionLoss(error: unknown): boolean {
  if (error instanceof StoreError) return error.kind === 'unavailable';
  const code = codeOf(error);
  // Class 08: connection exception; 57P: shutdown, crash, cannot connect now; 53: out of resources; 25006: a standby; 25P03: a
  // transaction that waited for us for too long.
  return code === undefined || /^(?:08|57P|53|25006|25P03|E[A-Z])/.test(code);
}

/** Whether the same transaction may succeed when it is tried again: a deadlock or a serialization failure. */
export function isTransient(error: unknown): boolean {
  return /^(?:40001|40P01|55P03)$/.test(codeOf(error) ?? '');
}

/** Whether a statement failed because a row of its key exists. */
export function isDuplicate(error: unknown): boolean {
  return codeOf(error) === '23505';
}

/** Whether a statement failed only because one before it in its transaction had. */
export function isAftermath(error: unknown): boolean {
  return codeOf(error) === '25P02';
}

/** Any error of `pg` as ours. */
export function toStoreError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const kind = isConnectionLoss(error) ? 'unavailable' : 'rejected';
  return new StoreError(kind, reasonOf(error), { cause: error });
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** An error of several addresses has no message of its own. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
