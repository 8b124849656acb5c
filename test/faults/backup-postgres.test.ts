import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { textStream } from '../support/anthropic-stream.ts';
import { FakeUpstream } from '../support/fake-upstream.ts';
import { channelConfig, type Gateway, SIMULATOR_CONFIG, startGateway } from '../support/gateway.ts';
import { TestPostgres } from '../support/postgres.ts';
import { waitFor } from '../support/wait.ts';

const MODEL = { model: 'claude-opus-5', max_tokens: 64, messages: [{ role: 'user', content: 'Hi' }] };
const STREAM = textStream({ model: MODEL.model, usage: { input: 20, output: 10 } }, ['one ', 'two ', 'three ']);

let postgres: TestPostgres;
let gateway: Gateway;
beforeAll(async () => {
  postgres = await TestPostgres.start();
});
afterEach(() => gateway?.dispose());
afterAll(() => postgres?.dispose());

const succeed = async (...args: string[]): Promise<string> => {
  const { code, stdout, stderr } = await gateway.command(...args);
  if (code !== 0) throw new Error(`${args.join(' ')}: ${stdout}${stderr}`);
  return stdout;
};

test('S20 from a file to PostgreSQL and back: keys, books, budgets and limits go along, and the books are right', {
  timeout: 120_000,
}, async () => {
  gateway = await startGateway({ config: SIMULATOR_CONFIG });
  const budget = ['budgets', 'set', 'all', '--project', 'default', '--amount', '5', '--period', 'prepaid'];
  await succeed(...budget);
  await succeed('limits', 'set', '--key', 'tests', '--requests', '1000');
  for (let count = 0; count < 5; count++) expect((await gateway.messages(MODEL)).status).toBe(200);
  const before = await gateway.usage();
  const shown = await succeed('budgets', 'list', '--json');
  const file = join(gateway.folder, 'books.backup');
  await succeed('backup', file);
  expect(await gateway.stop()).toBe(0);

  const { environment, dataDirectory } = gateway;
  const elsewhere = join(gateway.folder, 'node');
  mkdirSync(elsewhere);
  copyFileSync(join(dataDirectory, 'key-pepper'), join(elsewhere, 'key-pepper'));
  environment['EZMODEL_DATA_DIR'] = elsewhere;
  environment['DATABASE_URL'] = await postgres.database();
  expect(await succeed('restore', file)).toMatch(/PostgreSQL now has all/);
  expect(await gateway.usage()).toEqual(before);
  expect(await succeed('budgets', 'list', '--json')).toBe(shown);
  const again = await gateway.command('restore', file);
  expect(again).toMatchObject({ code: 1, stderr: expect.stringMatching(/in use/) });

  await gateway.start();
  const load = { isOn: true, acknowledged: [] as string[] };
  const caller = (async () => {
    while (load.isOn) {
      const answer = await gateway.messages(MODEL);
      if (answer.status === 200) load.acknowledged.push(answer.headers['request-id'] ?? '');
    }
  })();
  await waitFor('some exchanges', () => load.acknowledged.length > 10);
  const known = [...load.acknowledged];
  await succeed('backup', `${file}-2`, '--with-pepper');
  load.isOn = false;
  await caller;
  expect(await gateway.stop()).toBe(0);

  delete environment['DATABASE_URL'];
  environment['EZMODEL_DATA_DIR'] = join(gateway.folder, 'back');
  await succeed('restore', `${file}-2`);
  copyFileSync(`${file}-2.key-pepper`, join(gateway.folder, 'back', 'key-pepper'));
  const ids = (await gateway.usage()).rows.map((row) => row['request_id']);
  expect(ids).toEqual(expect.arrayContaining([...known, ...before.rows.map((row) => row['request_id'])]));
  await succeed('doctor');
  await gateway.start();
  expect((await gateway.messages(MODEL)).status).toBe(200);
  rmSync(file);
});

test('S20 S18 what was open when the backup was made holds no money of the copy', { timeout: 60_000 }, async () => {
  const upstream = await FakeUpstream.start();
  try {
    upstream.fallback = async (reply) => {
      await reply.streamHead();
      for (const event of STREAM.slice(0, 4)) await reply.chunk(event);
    };
    gateway = await startGateway({ config: channelConfig({ url: upstream.url, apiKey: upstream.apiKey }) });
    await succeed('budgets', 'set', 'all', '--project', 'default', '--amount', '5', '--period', 'prepaid');
    const live = await gateway.stream(MODEL);
    await live.until('two');
    const file = join(gateway.folder, 'open.backup');
    await succeed('backup', file);
    const held = async () => JSON.parse(await succeed('budgets', 'list', '--json'))[0].reserved_nano_usd;
    expect(await held()).toBeGreaterThan(0);

    gateway.environment['EZMODEL_DATA_DIR'] = join(gateway.folder, 'node');
    gateway.environment['DATABASE_URL'] = await postgres.database();
    expect(await succeed('restore', file)).toContain('1 exchange that had not ended');
    expect(await held()).toBe(0);
    expect((await gateway.usage()).rows).toMatchObject([{ status: 'crashed', partial: true, estimated: true }]);
    live.abort();
  } finally {
    await upstream.stop();
  }
});

test('S5 an older binary refuses a newer schema on PostgreSQL, whatever it is asked to do', {
  timeout: 60_000,
}, async () => {
  gateway = await startGateway({ config: SIMULATOR_CONFIG });
  expect(await gateway.stop()).toBe(0);
  const url = await postgres.database();
  gateway.environment['DATABASE_URL'] = url;
  const answers = await Promise.all(Array.from({ length: 3 }, () => gateway.commandAlone('migrate')));
  expect(answers.map(({ code }) => code)).toEqual([0, 0, 0]);
  await postgres.query(url, 'INSERT INTO schema_versions VALUES (9999, 0)');
  for (const command of ['migrate', 'doctor', 'serve']) {
    const { code, stdout, stderr } = await gateway.command(command);
    expect(code, command).toBe(1);
    expect(stdout + stderr, command).toMatch(/newer EZModel/);
  }
});
