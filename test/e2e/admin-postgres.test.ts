import { afterAll, beforeAll, expect, test } from 'vitest';
import { type JsonObject, objectAt, stringAt } from '../../src/core/json.ts';
import { ask, type Badge, OWNER, setUp, signIn } from '../support/administrator.ts';
import { call } from '../support/call.ts';
import { FakeUpstream } from '../support/fake-upstream.ts';
import { type Gateway, SIMULATOR_CONFIG, startGateway } from '../support/gateway.ts';
import { TestPostgres } from '../support/postgres.ts';
import { scriptedModel } from '../support/scripted-model/index.ts';
import { waitFor } from '../support/wait.ts';

const SECRET = 'sk-ant-shared-by-two-nodes-5678';
const CONFIG = `${SIMULATOR_CONFIG}server: { admin: { private_channels: true } }\n`;

let postgres: TestPostgres;
let upstream: FakeUpstream;
let one: Gateway;
let other: Gateway;
let owner: Badge;

beforeAll(async () => {
  [postgres, upstream] = await Promise.all([TestPostgres.start(), FakeUpstream.start(SECRET)]);
  upstream.fallback = scriptedModel('anthropic-messages');
  const environment = {
    DATABASE_URL: await postgres.database(),
    EZMODEL_SECRET: 'a secret that both of the nodes have in common',
  };
  one = await startGateway({ config: CONFIG, environment, patience: 60_000 });
  other = await startGateway({ config: CONFIG, environment, patience: 60_000 });
  owner = await setUp(one);
});

afterAll(async () => {
  await one?.dispose();
  await other?.dispose();
  await upstream?.stop();
  await postgres?.dispose();
});

async function done(gateway: Gateway, method: string, path: string, body?: JsonObject): Promise<JsonObject> {
  const answer = await ask(gateway, owner, method, path, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
  return answer.json();
}

const statusOf = async (gateway: Gateway, model: string, key = one.key) => {
  const headers = { 'x-api-key': key, 'anthropic-version': '2023-06-01', 'content-type': 'application/json' };
  const body = { model, max_tokens: 20, messages: [{ role: 'user', content: 'hi' }] };
  return (await call(`${gateway.url}/v1/messages`, { headers, body })).status;
};

const waitForStatus = (gateway: Gateway, model: string, status: number, key?: string) =>
  waitFor(`${status} for ${model}`, async () => (await statusOf(gateway, model, key)) === status, 5_000);

test('a channel that one node makes serves on the other, and a route made there on the first', async () => {
  const credentials = [{ name: 'main', api_key: SECRET }];
  const channel = { name: 'shared', provider: 'anthropic', base_url: upstream.url, models: ['mine'], credentials };
  await done(one, 'POST', '/channels', channel);
  await waitForStatus(other, 'mine', 200);
  await done(other, 'POST', '/models', { name: 'route', targets: [{ channel: 'shared', model: 'mine' }] });
  await waitForStatus(one, 'route', 200);
  await done(other, 'POST', '/channels/shared/drain', {});
  await waitForStatus(one, 'mine', 503);
  await done(one, 'POST', '/channels/shared/undrain', {});
  await waitForStatus(other, 'mine', 200);
  const rotated = await done(other, 'POST', '/channels/shared/credentials', { name: 'main', api_key: SECRET });
  expect(rotated['channel']).toMatchObject({ credentials: [{ last_four: '5678' }] });
  await done(other, 'PATCH', '/settings', { rows_days: 30, language: 'en' });
  const seen = await done(one, 'GET', '/settings');
  expect(seen['settings']).toMatchObject({ language: 'en', retention: { rows: { days: 30 } } });
});

test('projects, keys, budgets, limits and rotation count on both nodes', async () => {
  const { project } = await done(one, 'POST', '/projects', { name: 'both' });
  const projectId = stringAt(objectAt({ project: project ?? null }, 'project') ?? {}, 'id') ?? '';
  const made = await done(one, 'POST', '/keys', { name: 'both', project_id: projectId, tags: ['t'] });
  const [key, id] = [String(made['key']), stringAt(objectAt(made, 'record') ?? {}, 'id') ?? ''];
  await waitForStatus(other, 'claude-opus-5-5', 200, key);
  const rotated = String((await done(other, 'POST', `/keys/${id}/rotate`, { overlap_seconds: 60 }))['key']);
  await waitForStatus(one, 'claude-opus-5-5', 200, rotated);
  expect(await statusOf(other, 'claude-opus-5-5', key)).toBe(200);
  const budget = { name: 'b', scope: 'key', scope_id: id, amount_nano_usd: 1_000, period: 'prepaid' };
  const { budget: first } = await done(one, 'POST', '/budgets', budget);
  await waitForStatus(other, 'claude-opus-5-5', 402, rotated);
  const budgetId = stringAt(objectAt({ first: first ?? null }, 'first') ?? {}, 'id') ?? '';
  const topped = await done(other, 'POST', `/budgets/${budgetId}/top-up`, { amount_nano_usd: 9_000_000_000 });
  expect(topped['budget']).toMatchObject({ amount_nano_usd: 9_000_001_000 });
  await waitForStatus(one, 'claude-opus-5-5', 200, rotated);
  await done(one, 'DELETE', `/budgets/${budgetId}`);
  const limit = await done(other, 'POST', '/limits', { scope: 'project', scope_id: projectId, concurrent: 5 });
  expect(limit['limit']).toMatchObject({ concurrent: 5, requests_per_minute: null });
});

test('of writes at once on two nodes one happens: by version, and by idempotency key', async () => {
  const made = await done(one, 'POST', '/keys', { name: 'raced' });
  const id = stringAt(objectAt(made, 'record') ?? {}, 'id') ?? '';
  const etag = (await ask(one, owner, 'GET', `/keys/${id}`)).headers['etag'] ?? '';
  const changes = await Promise.all(
    [one, other, one, other].map((gateway, index) =>
      ask(gateway, { ...owner, 'if-match': etag }, 'PATCH', `/keys/${id}`, { name: `name ${index}` }),
    ),
  );
  expect(changes.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412]);
  const repeats = await Promise.all(
    [one, other, one, other].map((gateway) =>
      ask(gateway, { ...owner, 'idempotency-key': 'once' }, 'POST', '/keys', { name: 'once' }),
    ),
  );
  const statuses = new Set(repeats.map(({ status }) => status));
  expect(statuses.has(201) && [...statuses].every((status) => status === 201 || status === 409)).toBe(true);
  const { keys } = await done(one, 'GET', '/keys');
  expect(JSON.stringify(keys).match(/"name":"once"/g)).toHaveLength(1);
  const verified = await one.command('audit', 'verify', '--json');
  expect(JSON.parse(verified.stdout)).toMatchObject({ ok: true });
});

test('who guesses is held off by both nodes together', async () => {
  const guess = (gateway: Gateway, email: string) =>
    ask(gateway, {}, 'POST', '/session', { email, password: 'a wrong password' });
  const tries = await Promise.all(
    Array.from({ length: 16 }, (_, index) => guess(index % 2 ? one : other, 'nobody@example.org')),
  );
  expect(tries.filter(({ status }) => status === 401)).toHaveLength(5);
  expect(tries.filter(({ status }) => status === 429)).toHaveLength(11);
  const { email, password } = OWNER;
  const entered = await ask(other, {}, 'POST', '/session', { email, password });
  // The address is held off as well.
  expect(entered.status).toBe(429);
  expect((await one.command('users', 'reset-second-factor', OWNER.email)).code).toBe(0);
  expect((await ask(other, {}, 'POST', '/session', { email, password })).status).toBe(201);
});

test('a session that ends on one node has ended on the other', async () => {
  const badge = await signIn(one, OWNER.email, OWNER.password);
  expect((await ask(other, badge, 'GET', '/session')).status).toBe(200);
  expect((await ask(one, badge, 'DELETE', '/session')).status).toBe(200);
  expect((await ask(other, badge, 'GET', '/session')).status).toBe(401);
});
