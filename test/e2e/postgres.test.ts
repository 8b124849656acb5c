import { afterAll, beforeAll, expect, test } from 'vitest';
import { totpCode } from '../../src/access/sign-in/totp.ts';
import { ask, badgeOf, makeProject, setUp } from '../support/administrator.ts';
import { textStream, wholeMessage } from '../support/anthropic-stream.ts';
import { fromBase32 } from '../support/base32.ts';
import { FakeUpstream } from '../support/fake-upstream.ts';
import { channelConfig, counter, type Gateway, startGateway } from '../support/gateway.ts';
import { TestPostgres } from '../support/postgres.ts';
import { waitFor } from '../support/wait.ts';

const MODEL = 'claude-opus-5';

let postgres: TestPostgres;
let upstream: FakeUpstream;
const gateways: Gateway[] = [];

beforeAll(async () => {
  postgres = await TestPostgres.start();
  upstream = await FakeUpstream.start('sk-ant-upstream-credential');
  const environment = {
    DATABASE_URL: await postgres.database(),
    EZMODEL_SECRET: 'a secret that all of the nodes share',
  };
  const config = channelConfig({ url: upstream.url, apiKey: upstream.apiKey });
  for (let node = 0; node < 2; node++) gateways.push(await startGateway({ config, environment }));
});

afterAll(async () => {
  for (const gateway of gateways) await gateway.dispose();
  await upstream?.stop();
  await postgres?.dispose();
});

test('two server processes on one database: the books of 400 requests at once are what the upstream billed', async () => {
  upstream.fallback = (reply) => {
    const usage = { input: 10 + reply.call.number, output: reply.call.number };
    reply.bill(usage);
    const parts = { model: MODEL, usage };
    return reply.call.json?.['stream'] === true
      ? reply.stream(textStream(parts, ['x']))
      : reply.json(200, wholeMessage(parts));
  };
  const [first, second] = gateways;
  if (first === undefined || second === undefined) throw new Error('the nodes are missing');
  const ask = (stream: boolean) => ({
    model: MODEL,
    max_tokens: 100,
    stream,
    messages: [{ role: 'user', content: 'hi' }],
  });
  const answers = [];
  for (let round = 0; round < 4; round++) {
    const crowd = Array.from({ length: 100 }, (_, index) => (index % 2 ? first : second).messages(ask(index % 4 < 2)));
    answers.push(...(await Promise.all(crowd)));
  }
  expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
  const billed = (of: 'input' | 'output') => upstream.calls.reduce((sum, seen) => sum + (seen.billed?.[of] ?? 0), 0);
  const totals = await waitFor('all rows', async () => {
    const report = await second.usage();
    return counter(report.totals, 'exchanges') >= 400 && report.totals;
  });
  expect(totals).toMatchObject({ exchanges: 400, input_tokens: billed('input'), output_tokens: billed('output') });
  const doctor = await first.command('doctor');
  expect(doctor.stdout).not.toContain('FAILED');
  expect(doctor.code).toBe(0);
  expect((await first.command('migrate')).stdout).toMatch(/is at schema \d+/);
});

test('S6 /readyz and /metrics say that the database is away, and that it is back', async () => {
  const [node] = gateways;
  if (node === undefined) throw new Error('the node is missing');
  const saysOf = async (state: string) => (await node.send('/readyz')).json()['database'] === state;
  const metric = async () => /^ezmodel_database_up (\d)$/m.exec((await node.send('/metrics')).text)?.[1];
  expect([await saysOf('up'), await metric()]).toEqual([true, '1']);
  await postgres.stop();
  await waitFor('the database to be away', () => saysOf('down'));
  expect(await metric()).toBe('0');
  expect((await node.send('/readyz')).status).toBe(200);
  await postgres.restart();
  await waitFor('the database to be back', () => saysOf('up'));
});

test('people, their roles in projects, invitations and authenticators are the same on both nodes', async () => {
  const [first, second] = gateways;
  if (first === undefined || second === undefined) throw new Error('the nodes are missing');
  const owner = await setUp(first);
  const project = await makeProject(first, 'shared');
  const projects = [{ project_id: project, role: 'member' }];
  const made = await ask(first, owner, 'POST', '/invitations', { email: 'ivy@example.org', role: 'member', projects });
  const accepted = { token: String(made.json()['token']), name: 'Ivy', password: 'the password of Ivy' };
  const both = await Promise.all([first, second].map((node) => ask(node, {}, 'POST', '/invitation', accepted)));
  expect(both.map(({ status }) => status).toSorted()).toEqual([201, 410]);
  const [entered] = both.filter(({ status }) => status === 201);
  const ivy = badgeOf(entered ?? expect.fail());
  expect((await ask(second, ivy, 'GET', '/session')).json()).toMatchObject({
    projects: [{ id: project, role: 'member' }],
  });
  expect((await ask(second, ivy, 'GET', '/exchanges')).json()).toMatchObject({ exchanges: [] });
  expect((await ask(second, ivy, 'GET', '/usage')).status).toBe(200);
  const begun = await ask(first, ivy, 'POST', '/session/second-factor', { password: accepted.password });
  const secret = fromBase32(String(begun.json()['secret']));
  const code = (ahead: number) => totpCode(secret, Math.floor(Date.now() / 30_000) + ahead);
  expect((await ask(second, ivy, 'POST', '/session/second-factor/confirmation', { code: code(0) })).status).toBe(201);
  const entry = { email: 'ivy@example.org', password: accepted.password, code: code(1) };
  const tries = await Promise.all([first, second].map((node) => ask(node, {}, 'POST', '/session', entry)));
  expect(tries.map(({ status }) => status).toSorted()).toEqual([201, 401]);
});
