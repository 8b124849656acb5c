import type { Store } from '../../store/open.ts';
import { SEALED_COLUMNS } from '../../store/sealed-columns.ts';
import { findSealingKeys, SealingKeysError, sealingKeysFile } from './key-file.ts';
import { sealedByKey } from './rewrap.ts';

const VITAL = SEALED_COLUMNS.filter(({ isVital }) => isVital);

/**
 * Makes sure that this process has every sealing key that what it works with needs, before a key of its own is made: without
 * them its channels would have no credentials, and authenticators could not be asked for. Kept payloads are not counted: there
 * may be millions, and nothing but a look at them needs their key.
 * @throws SealingKeysError (as a rejection) that says what to set, and how to go on without.
 */
export async function confirmSealingKeys(store: Store, dataDir: string): Promise<void> {
  const file = sealingKeysFile(dataDir);
  const here = new Set(findSealingKeys(file).map(({ id }) => id));
  const missing = [...(await sealedByKey(store, VITAL))].filter(([id]) => !here.has(id));
  if (missing.length === 0) return;
  const values = missing.reduce((sum, [, count]) => sum + count, 0);
  const ids = missing.map(([id]) => id);
  const what = `${values} sealed ${values === 1 ? 'value' : 'values'} (credentials of channels, secrets of webhooks, authenticators) in ${store.place}`;
  throw new SealingKeysError(
    `${what} cannot be opened: sealing key ${ids.join(', ')} is missing. Set EZMODEL_SECRET to the text that it was, or put the file of keys ` +
      `back as ${file} (or where EZMODEL_SEALING_KEYS says). If the key is lost for good, ` +
      `${ids.map((id) => `\`ezmodel secrets drop ${id}\``).join(' and ')} deletes what was sealed with it`,
  );
}
