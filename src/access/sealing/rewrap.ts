import type { Store } from '../../store/open.ts';
import { countSealed, listSealedOtherwise, replaceSealed, SEALED_COLUMNS } from '../../store/sealed-columns.ts';
import { KEY_ID_IN_ENVELOPE } from './envelope.ts';
import type { Sealer } from './sealer.ts';

const PAGE = 50;

/** How many sealed values were wrapped anew, and what could not be. */
export type RewrapReport = { rewrapped: number; failures: string[] };

/**
 * Wraps every sealed value with the newest key, a few at a time, while servers read and write them. May be broken off and
 * begun again at any point.
 */
export async function rewrapAll(store: Store, sealer: Sealer): Promise<RewrapReport> {
  const report: RewrapReport = { rewrapped: 0, failures: [] };
  const keyId = Buffer.from(sealer.keyIds()[0] ?? '', 'hex');
  for (const column of SEALED_COLUMNS) {
    for (let after = ''; ; ) {
      const page = await listSealedOtherwise(store, column, { keyId, place: KEY_ID_IN_ENVELOPE, after, limit: PAGE });
      for (const value of page) {
        const place = { table: column.table, id: value.id, column: column.column };
        try {
          const moved = sealer.rewrap(value.sealed, place);
          if (moved && (await replaceSealed(store, column, value, moved))) report.rewrapped += 1;
        } catch (error) {
          report.failures.push(error instanceof Error ? error.message : String(error));
        }
      }
      after = page.at(-1)?.id ?? after;
      if (page.length < PAGE) break;
    }
  }
  return report;
}

/** How many sealed values need which key, by id. @param columns where to look. */
export async function sealedByKey(store: Store, columns = SEALED_COLUMNS): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const column of columns) {
    for (const { keyId, count } of await countSealed(store, column, KEY_ID_IN_ENVELOPE)) {
      const id = Buffer.from(keyId).toString('hex');
      counts.set(id, (counts.get(id) ?? 0) + count);
    }
  }
  return counts;
}
