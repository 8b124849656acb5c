import type { Store } from '../../store/open.ts';
import { changeWithAudit } from '../../store/people/audit.ts';
import { deleteOrphanedCodesStatement } from '../../store/people/second-factors.ts';
import { countSealed, deleteSealedStatement, SEALED_COLUMNS } from '../../store/sealed-columns.ts';
import { countUpstreamChange } from '../../store/upstreams/revision.ts';
import { KEY_ID_IN_ENVELOPE } from './envelope.ts';

/** Rows of one transaction where there may be many: freeing their pages must not keep intents waiting. */
const BATCH = 20;

/** More rows than a table of credentials or users has. */
const ALL = 1_000_000;

/**
 * Deletes every value that a sealing key seals: credentials of channels, webhooks, authenticators (with the recovery codes that stood in
 * for them), kept payloads. What a server works with goes in one transaction with its row in the audit log.
 * @param now Unix ms.
 * @returns how many of each table.
 */
export async function dropSealed(store: Store, id: string, now: number): Promise<Map<string, number>> {
  const keyId = Buffer.from(id, 'hex');
  const dropped = new Map<string, number>();
  for (const column of SEALED_COLUMNS) {
    const found = (await countSealed(store, column, KEY_ID_IN_ENVELOPE)).find(
      (each) => Buffer.from(each.keyId).toString('hex') === id,
    );
    if (found !== undefined) dropped.set(column.table, found.count);
  }
  if (dropped.size === 0) return dropped;
  const select = { keyId, place: KEY_ID_IN_ENVELOPE };
  for (const column of SEALED_COLUMNS.filter(({ isVital }) => !isVital)) {
    const statement = deleteSealedStatement(column, { ...select, limit: BATCH });
    while ((await store.writer.run(statement)) === BATCH);
  }
  const vital = SEALED_COLUMNS.filter(({ isVital }) => isVital);
  const statements = [
    ...vital.map((column) => deleteSealedStatement(column, { ...select, limit: ALL })),
    deleteOrphanedCodesStatement(),
    countUpstreamChange(),
  ];
  const what = {
    action: 'secrets.drop',
    subject: `sealing-key:${id}`,
    before: JSON.stringify(Object.fromEntries(dropped)),
  };
  await changeWithAudit(store, statements, { at: now, actor: 'cli', address: 'local', ...what, after: null });
  return dropped;
}
