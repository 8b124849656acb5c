import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, test } from 'vitest';
import { type Gateway, SIMULATOR_CONFIG, startGateway } from '../support/gateway.ts';
import { waitFor } from '../support/wait.ts';

let gateway: Gateway;
afterEach(() => gateway?.dispose());

const MODEL = { model: 'claude-opus-5', max_tokens: 64, messages: [{ role: 'user', content: 'Hi' }] };
const doctorOn = (dataDirectory: string) => {
  gateway.environment['EZMODEL_DATA_DIR'] = dataDirectory;
  return gateway.command('doctor');
};

describe('S20 backup and restore', { timeout: 90_000 }, () => {
  test('a backup under load, then a kill: the copy has sound books, restores elsewhere and leaves nothing half made', async () => {
    gateway = await startGateway({ config: SIMULATOR_CONFIG });
    const load = { isOn: true, acknowledged: [] as string[] };
    const callers = Array.from({ length: 4 }, async () => {
      while (load.isOn) {
        const answer = await gateway.messages(MODEL).catch(() => undefined);
        if (answer?.status === 200) load.acknowledged.push(answer.headers['request-id'] ?? '');
      }
    });
    const file = join(gateway.folder, 'books.backup');
    await waitFor('some exchanges', () => load.acknowledged.length > 20);
    const before = [...load.acknowledged];
    expect(await gateway.command('backup', file)).toMatchObject({ code: 0 });
    const running = gateway.command('backup', `${file}-2`);
    await gateway.kill9();
    load.isOn = false;
    await Promise.all(callers);
    expect(await running).toMatchObject({ code: 0 });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(existsSync(`${file}.key-pepper`)).toBe(false);
    expect(await gateway.command('backup', file)).toMatchObject({ code: 1, stderr: expect.stringMatching(/exists/) });

    const elsewhere = join(gateway.folder, 'elsewhere');
    gateway.environment['EZMODEL_DATA_DIR'] = elsewhere;
    expect(await gateway.command('restore', file)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/no key-pepper/),
    });
    const ids = (await gateway.usage()).rows.map((row) => row['request_id']);
    expect(ids).toEqual(expect.arrayContaining(before));
    expect(readdirSync(elsewhere).filter((name) => name.startsWith('restore-'))).toEqual([]);
    expect(readdirSync(gateway.folder).filter((name) => name.endsWith('.partial'))).toEqual([]);
  });

  test('restore is refused beside a server, and of what is newer, damaged or wrong; what was there is kept', async () => {
    gateway = await startGateway({ config: SIMULATOR_CONFIG });
    const data = gateway.dataDirectory;
    expect((await gateway.messages(MODEL)).status).toBe(200);
    const file = join(gateway.folder, 'books.backup');
    expect(await gateway.command('backup', file, '--with-pepper')).toMatchObject({ code: 0 });
    expect(statSync(`${file}.key-pepper`).mode & 0o777).toBe(0o600);
    expect(await gateway.command('restore', file)).toMatchObject({ code: 1, stderr: expect.stringMatching(/another/) });
    expect(await gateway.stop()).toBe(0);

    const spoilt = async (name: string, spoil: (database: DatabaseSync) => void): Promise<string> => {
      const copy = join(gateway.folder, name);
      await gateway.command('backup', copy);
      const database = new DatabaseSync(copy);
      spoil(database);
      database.close();
      return (await gateway.command('restore', copy)).stderr;
    };
    expect(await spoilt('newer', (db) => db.exec('INSERT INTO schema_versions VALUES (999, 0)'))).toMatch(/newer/);
    expect(await spoilt('wrong', (db) => db.exec('UPDATE exchanges SET output = output + 1'))).toMatch(/wrong/);
    const noDatabase = join(gateway.folder, 'text');
    writeFileSync(noDatabase, 'not a database'.repeat(1_000));
    expect(await gateway.command('restore', noDatabase)).toMatchObject({ code: 1 });
    expect(readdirSync(data).filter((name) => name.includes('restore'))).toEqual([]);

    expect(await gateway.command('restore', file)).toMatchObject({ code: 0 });
    expect(readdirSync(data).filter((name) => /\.before-restore-\d+$/.test(name))).toHaveLength(1);
    expect((await doctorOn(data)).code).toBe(0);
    await gateway.start();
    expect((await gateway.send('/v1/models')).status).toBe(200);
  });

  test('where the pepper is made from EZMODEL_SECRET there is no file to copy, and the backup says what to keep', async () => {
    const secret = 'a secret of the backup tests, long enough';
    gateway = await startGateway({ config: SIMULATOR_CONFIG, environment: { EZMODEL_SECRET: secret } });
    const file = join(gateway.folder, 'books.backup');
    const done = await gateway.command('backup', file, '--with-pepper');
    expect(done).toMatchObject({ code: 0, stdout: expect.stringMatching(/EZMODEL_SECRET/) });
    expect(done.stdout + done.stderr).not.toContain(secret);
    expect(existsSync(`${file}.key-pepper`)).toBe(false);

    gateway.environment['EZMODEL_DATA_DIR'] = join(gateway.folder, 'empty');
    delete gateway.environment['EZMODEL_SECRET'];
    const nothing = await gateway.command('backup', `${file}-2`, '--with-pepper');
    expect(nothing).toMatchObject({ code: 1, stderr: expect.stringMatching(/no key-pepper/) });
    expect(existsSync(`${file}-2`)).toBe(false);
  });
});
