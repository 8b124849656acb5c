import { expect, test } from 'vitest';
import { NOON, temporaryDirectory } from '../../../test/support/ledger-books.ts';
import { openFreshStore } from '../../../test/support/store-under-test.ts';
import { insertPayload } from '../../store/payloads.ts';
import { deletePayloads } from '../payloads/delete-payloads.ts';
import { boxDocument, readPayload } from '../payloads/payload-box.ts';
import { addSealingKey, removeSealingKey, sealingKeysFile } from './key-file.ts';
import { rewrapAll, sealedByKey } from './rewrap.ts';
import { createSealer } from './sealer.ts';

const COUNT = 120;

const documentOf = (text: string) => ({
  ...{ version: 1 as const, attempts: [], answered: null, status: 200, error: null },
  request: { bytes: text.length, truncated: false, pieces: [{ at: 0, text }] },
});

test('sealed values are all wrapped with a new key while others are written; the old key is then not needed; swapped ones do not open', async () => {
  const directory = temporaryDirectory();
  const store = await openFreshStore(directory.path);
  let time = 0;
  const sealer = createSealer(directory.path, () => time);
  const [old = ''] = sealer.keyIds();
  const write = async (exchangeId: string) => {
    const sealed = boxDocument(sealer, exchangeId, documentOf(`text of ${exchangeId}`));
    const entry = { exchangeId, keyId: 'k', projectId: 'p', createdAt: NOON, expiresAt: NOON + 1_000 };
    await insertPayload(store, { ...entry, bytes: sealed.length, sealed });
  };
  const read = (id: string) => readPayload(store, sealer, id, NOON);
  try {
    for (let index = 0; index < COUNT; index += 1) await write(`req_${index}`);
    const added = addSealingKey(sealingKeysFile(directory.path));
    time = 1_000;
    const [report] = await Promise.all([rewrapAll(store, createSealer(directory.path)), write('req_new')]);
    expect(report).toEqual({ rewrapped: COUNT, failures: [] });
    expect(await sealedByKey(store)).toEqual(new Map([[added.id, COUNT + 1]]));
    removeSealingKey(sealingKeysFile(directory.path), old);
    time = 2_000;
    expect(sealer.keyIds()).toEqual([added.id]);
    expect((await read('req_7'))?.document.request.pieces[0]?.text).toBe('text of req_7');
    expect(await readPayload(store, sealer, 'req_7', NOON + 1_000)).toBeUndefined();

    const take = `(SELECT sealed FROM payloads WHERE exchange_id = 'req_8')`;
    await store.writer.run({
      sql: `UPDATE payloads SET sealed = ${take} WHERE exchange_id = 'req_9'`,
      parameters: [],
    });
    await expect(read('req_9')).rejects.toThrow('does not open');
    expect((await read('req_8'))?.entry).toMatchObject({ exchangeId: 'req_8', keyId: 'k' });
    expect(await deletePayloads(store, { projectId: 'p' })).toBe(COUNT + 1);
    expect(await read('req_8')).toBeUndefined();
  } finally {
    await store.close();
    directory.remove();
  }
});
