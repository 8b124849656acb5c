import { unlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import { NOON, temporaryDirectory } from '../../../test/support/ledger-books.ts';
import { openFreshStore } from '../../../test/support/store-under-test.ts';
import { insertPayload, sizePayloads } from '../../store/payloads.ts';
import { listAudit, verifyAudit } from '../../store/people/audit.ts';
import {
  countRecoveryCodes,
  findSecondFactor,
  putSecondFactorStatement,
  replaceRecoveryCodesStatements,
  secondFactorPlace,
} from '../../store/people/second-factors.ts';
import { insertUserStatement } from '../../store/people/users.ts';
import {
  insertChannelStatements,
  listChannels,
  listCredentials,
  secretPlace,
  setCredentialStatements,
} from '../../store/upstreams/channels.ts';
import { upstreamsRevision } from '../../store/upstreams/revision.ts';
import { confirmSealingKeys } from './confirm-keys.ts';
import { dropSealed } from './drop.ts';
import { sealingKeysFile } from './key-file.ts';
import { createSealer } from './sealer.ts';

const SECRET = Buffer.from('sk-secret');

test('a missing sealing key is told of unless only payloads need it; what it sealed can be dropped, and nothing else', async () => {
  const directory = temporaryDirectory();
  const store = await openFreshStore(directory.path);
  const file = sealingKeysFile(directory.path);
  const confirmed = () =>
    confirmSealingKeys(store, directory.path).then(
      () => 'all are here',
      (error) => error.message,
    );
  const sealedUser = async (id: string) => {
    const person = { email: `${id}@example.org`, name: id, password: null, role: 'viewer' as const };
    const sealedSecret = createSealer(directory.path).seal(SECRET, secondFactorPlace(id));
    await store.writer.runTogether([
      insertUserStatement({ id, ...person, createdAt: NOON, disabledAt: null }),
      putSecondFactorStatement({ userId: id, sealedSecret, madeAt: NOON, confirmedAt: NOON, lastStep: 0 }),
      ...replaceRecoveryCodesStatements(id, [Buffer.from(`code of ${id}`)]),
    ]);
  };
  const sealedChannel = async (name: string) => {
    const id = `${name}/main`;
    const secret = createSealer(directory.path).seal(SECRET, secretPlace(id));
    await store.writer.runTogether([
      ...insertChannelStatements({ name, settings: { provider: 'anthropic' }, createdAt: NOON, updatedAt: NOON }),
      ...setCredentialStatements({ id, channel: name, name: 'main', secret, lastFour: 'cret', weight: 1, setAt: NOON }),
    ]);
  };
  try {
    expect(await confirmed()).toBe('all are here');
    const sealer = createSealer(directory.path);
    const [lost = ''] = sealer.keyIds();
    for (let index = 0; index < 45; index += 1) {
      const sealed = sealer.seal(SECRET, { table: 'payloads', id: `req_${index}`, column: 'sealed' });
      const entry = { exchangeId: `req_${index}`, keyId: 'k', projectId: 'p', createdAt: NOON, expiresAt: NOON + 1 };
      await insertPayload(store, { ...entry, bytes: sealed.length, sealed });
    }
    unlinkSync(file);
    expect(await confirmed()).toBe('all are here');
    await sealedChannel('kept');
    await sealedUser('kept');
    const [kept = ''] = createSealer(directory.path).keyIds();
    expect(kept).not.toBe(lost);
    expect(await confirmed()).toBe('all are here');

    // With only the key of the payloads gone nothing is in the way; with this one gone as well, two values are.
    unlinkSync(file);
    expect(await confirmed()).toMatch(
      new RegExp(
        `^2 sealed values .* sealing key ${kept} is missing. Set EZMODEL_SECRET .*\`ezmodel secrets drop ${kept}\``,
      ),
    );
    // A key that is here but another one is as good as none.
    await sealedChannel('other');
    expect(await confirmed()).toContain(`sealing key ${kept} is missing`);

    const revision = await upstreamsRevision(store);
    expect(await dropSealed(store, '0123456789abcdef', NOON)).toEqual(new Map());
    expect(await dropSealed(store, lost, NOON)).toEqual(new Map([['payloads', 45]]));
    expect((await sizePayloads(store)).count).toBe(0);
    expect(await countRecoveryCodes(store, 'kept')).toBe(1);
    const both = new Map([
      ['credentials', 1],
      ['second_factors', 1],
    ]);
    expect(await dropSealed(store, kept, NOON)).toEqual(both);
    expect(await confirmed()).toBe('all are here');
    expect((await listCredentials(store)).map(({ id }) => id)).toEqual(['other/main']);
    expect((await listChannels(store)).map(({ name }) => name)).toEqual(['kept', 'other']);
    expect(await findSecondFactor(store, 'kept')).toBeUndefined();
    expect(await countRecoveryCodes(store, 'kept')).toBe(0);
    expect(await upstreamsRevision(store)).toBeGreaterThan(revision);
    expect((await listAudit(store, undefined, 9)).map(({ action, subject }) => [action, subject])).toEqual([
      ['secrets.drop', `sealing-key:${kept}`],
      ['secrets.drop', `sealing-key:${lost}`],
    ]);
    expect((await verifyAudit(store)).firstBroken).toBeUndefined();
  } finally {
    await store.close();
    directory.remove();
  }
});
