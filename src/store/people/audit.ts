import { createHash } from 'node:crypto';
import { StoreError } from '../failure.ts';
import type { Store } from '../open.ts';
import { query, type Statement } from '../query.ts';
import type { AuditTable } from '../schema.ts';

/** An entry in its place in the chain. */
export type AuditRow = AuditTable;

/** What the audit log says of one change or sign-in; secrets must not be in it. */
export type AuditEntry = Omit<AuditRow, 'id' | 'hash'>;

/** What stands before the first row. */
const FIRST_HASH = '0'.repeat(64);

/** Tries of one entry against other processes that write at the same time. */
const MOST_TRIES = 50;

/** The last change of each store that this process makes: the next one waits for it, so that only other processes overtake. */
const turns = new WeakMap<Store, Promise<void>>();

/**
 * Makes changes and writes down who made them, in one transaction: there is no change without its row. The row's id is one more
 * than the last one's, so of two writers at once one is refused and tries again on top of the other.
 * @param check is asked before each try, after the row that it would follow was read: what it has seen cannot be changed by
 *   another audited change before this one is made. Its rejection ends it all.
 * @throws StoreError `rejected` when a statement is refused for another reason.
 */
export function changeWithAudit(
  store: Store,
  statements: readonly Statement[],
  entry: AuditEntry,
  check?: () => Promise<void>,
): Promise<void> {
  const turn = (turns.get(store) ?? Promise.resolve()).then(() => changeNow(store, statements, entry, check));
  turns.set(
    store,
    turn.catch(() => undefined),
  );
  return turn;
}

async function changeNow(
  store: Store,
  statements: readonly Statement[],
  entry: AuditEntry,
  check: (() => Promise<void>) | undefined,
): Promise<void> {
  for (let tries = 1; ; tries++) {
    const last = await findLast(store);
    await check?.();
    try {
      return await store.writer.runTogether([...statements, insertAfter(last, entry)]);
    } catch (error) {
      const isOvertaken = (await findLast(store)).id !== last.id;
      const mayTryAgain = error instanceof StoreError && error.kind === 'rejected' && isOvertaken;
      if (!mayTryAgain || tries >= MOST_TRIES) throw error;
    }
  }
}

/** Up to `limit` rows before the row `before` (undefined: from the newest), newest first. */
export function listAudit(store: Store, before: number | undefined, limit: number): Promise<AuditRow[]> {
  return store.reports.all(
    query
      .selectFrom('audit')
      .selectAll()
      .where('id', '<', before ?? Number.MAX_SAFE_INTEGER)
      .orderBy('id', 'desc')
      .limit(limit)
      .compile(),
  );
}

/** What the chain proves: how many rows there are, and the first that is not what was written; undefined when all are. */
export type AuditVerdict = { rows: number; firstBroken: number | undefined };

/** They are proved on the main thread, which must not be kept for long. */
const ROWS_AT_ONCE = 250;

/** Reads the whole log and checks its chain. A cut-off end cannot be seen from the log alone: compare `rows` with an earlier count. */
export async function verifyAudit(store: Store): Promise<AuditVerdict> {
  let previous = { id: 0, hash: FIRST_HASH };
  for (;;) {
    const rows = await listAuditAfter(store, previous.id);
    for (const row of rows) {
      if (row.id !== previous.id + 1 || row.hash !== hashOf(previous.hash, row.id, row)) {
        return { rows: previous.id, firstBroken: previous.id + 1 };
      }
      previous = row;
    }
    if (rows.length < ROWS_AT_ONCE) return { rows: previous.id, firstBroken: undefined };
  }
}

function listAuditAfter(store: Store, id: number): Promise<AuditRow[]> {
  return store.reports.all(
    query.selectFrom('audit').selectAll().where('id', '>', id).orderBy('id').limit(ROWS_AT_ONCE).compile(),
  );
}

async function findLast(store: Store): Promise<Pick<AuditTable, 'id' | 'hash'>> {
  const [last] = await store.reader.all(
    query.selectFrom('audit').select(['id', 'hash']).orderBy('id', 'desc').limit(1).compile(),
  );
  return last ?? { id: 0, hash: FIRST_HASH };
}

function insertAfter(last: Pick<AuditTable, 'id' | 'hash'>, entry: AuditEntry): Statement {
  const id = last.id + 1;
  return query
    .insertInto('audit')
    .values({ id, ...entry, hash: hashOf(last.hash, id, entry) })
    .compile();
}

/** Over the hash before it and every value of the row, in a form that no two rows share. */
function hashOf(previous: string, id: number, entry: AuditEntry): string {
  const { at, actor, address, action, subject, before, after } = entry;
  const text = JSON.stringify([previous, id, at, actor, address, action, subject, before, after]);
  return createHash('sha256').update(text).digest('hex');
}
