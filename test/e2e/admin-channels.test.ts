import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type JsonObject, objectAt } from '../../src/core/json.ts';
import { ask, type Badge, setUp } from '../support/administrator.ts';
import { type Answer, call } from '../support/call.ts';
import { FakeUpstream } from '../support/fake-upstream.ts';
import { type Gateway, SIMULATOR_CONFIG, startGateway } from '../support/gateway.ts';
import { scriptedModel } from '../support/scripted-model/index.ts';
import { waitFor } from '../support/wait.ts';

const PRIVATE = `${SIMULATOR_CONFIG}server: { admin: { private_channels: true } }\n`;
const SECRET = 'sk-ant-secret-of-the-store-1234';

let gateway: Gateway;
let owner: Badge;
let upstream: FakeUpstream;

beforeAll(async () => {
  upstream = await FakeUpstream.start(SECRET);
  upstream.fallback = scriptedModel('anthropic-messages');
  // Two processes on one store: what one of them takes in, the other must serve.
  gateway = await startGateway({ config: PRIVATE, environment: { EZMODEL_WORKERS: '2' }, patience: 60_000 });
  owner = await setUp(gateway);
});

beforeEach(() => upstream.reset());

afterAll(async () => {
  await gateway?.dispose();
  await upstream?.stop();
});

const asOwner = (method: string, path: string, body?: JsonObject) => ask(gateway, owner, method, path, body);

async function done(method: string, path: string, body?: JsonObject): Promise<JsonObject> {
  const answer = await asOwner(method, path, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
  return answer.json();
}

function message(model: string): Promise<Answer> {
  const body = { model, max_tokens: 20, messages: [{ role: 'user', content: 'hi' }] };
  return call(`${gateway.url}/v1/messages`, { headers: gateway.headers(), body });
}

/** Waits until every process answers so: each of many connections, which processes take in turn. */
const waitForStatus = (model: string, status: number) =>
  waitFor(
    `${status} for ${model}`,
    async () => {
      const answers = await Promise.all(Array.from({ length: 8 }, () => message(model)));
      return answers.every((answer) => answer.status === status);
    },
    5_000,
  );

const channel = (name: string, more: JsonObject = {}) => ({
  name,
  provider: 'anthropic',
  base_url: upstream.url,
  models: { [`${name}-model`]: 'claude-opus-5' },
  credentials: [{ name: 'main', api_key: SECRET }],
  ...more,
});

describe('channels', () => {
  test('one that is made serves in every process at once, is drained, changed and removed', async () => {
    const made = await done('POST', '/channels', channel('made'));
    expect(made['channel']).toMatchObject({
      name: 'made',
      managed: false,
      usable: true,
      base_url: upstream.url,
      credentials: [{ name: 'main', last_four: '1234', drained: false, circuit: { state: 'closed' } }],
    });
    await waitForStatus('made-model', 200);
    expect(upstream.calls.at(-1)?.header('x-api-key')).toBe(SECRET);
    expect(await done('POST', '/channels/made/drain', {})).toMatchObject({ channel: { drained: true } });
    await waitForStatus('made-model', 503);
    await done('POST', '/channels/made/undrain', {});
    await waitForStatus('made-model', 200);
    await done('PATCH', '/channels/made', { models: { renamed: 'claude-opus-5' }, priority: 3 });
    await waitForStatus('renamed', 200);
    await waitForStatus('made-model', 404);
    await done('DELETE', '/channels/made');
    await waitForStatus('renamed', 404);
    expect((await asOwner('GET', '/channels/made')).status).toBe(404);
  });

  test('it outlives a restart, and its secret is in no answer, no log and no file in clear', async () => {
    await done('POST', '/channels', channel('kept'));
    expect((await gateway.command('channels', 'list')).stdout).toMatch(/kept +anthropic/);
    expect((await gateway.command('channels', 'drain', 'kept/main')).stdout).toMatch(/is drained/);
    expect((await gateway.command('channels', 'undrain', 'kept/main')).code).toBe(0);
    await gateway.stop();
    await gateway.start();
    await waitForStatus('kept-model', 200);
    const answers = [
      await asOwner('GET', '/channels'),
      await asOwner('GET', '/channels/kept'),
      await asOwner('GET', '/audit'),
    ];
    const files = ['ezmodel.db', 'ezmodel.db-wal'].map((name) =>
      readFileSync(join(gateway.dataDirectory, name), 'latin1'),
    );
    for (const text of [...answers.map((answer) => answer.text), gateway.output, ...files]) {
      expect(text).not.toContain(SECRET);
    }
  });

  test('a secret is replaced by its name, and never sent to an address that it was not given for', async () => {
    await done(
      'POST',
      '/channels',
      channel('rotated', { credentials: [{ name: 'main', api_key: 'sk-ant-wrong-0000' }] }),
    );
    await waitFor('the secret to be refused', async () => (await message('rotated-model')).status >= 500, 5_000);
    const set = await done('POST', '/channels/rotated/credentials', { name: 'main', api_key: SECRET });
    expect(set['channel']).toMatchObject({ credentials: [{ name: 'main', last_four: '1234' }] });
    const other = await FakeUpstream.start(SECRET);
    const moved = await asOwner('PATCH', '/channels/rotated', { base_url: other.url });
    expect([moved.status, moved.json()['detail']]).toEqual([409, expect.stringMatching(/give them anew/)]);
    const credentials = [{ name: 'second', api_key: SECRET }];
    const anew = await done('PATCH', '/channels/rotated', { base_url: other.url, credentials });
    expect(anew['channel']).toMatchObject({ base_url: other.url, credentials: [{ name: 'second' }] });
    other.fallback = scriptedModel('anthropic-messages');
    await waitForStatus('rotated-model', 200);
    expect((await asOwner('DELETE', '/channels/rotated/credentials/missing')).status).toBe(404);
    await done('DELETE', '/channels/rotated');
    await other.stop();
  });

  test('it is tested under bounds, and what fails is said', async () => {
    await done('POST', '/channels', channel('tested'));
    const quick = await done('POST', '/channels/tested/test', {});
    expect(quick).toMatchObject({ model: 'claude-opus-5', ok: true, endpoints: [{ probes: [{ state: 'ok' }] }] });
    const byCommand = await gateway.command('channels', 'test', 'tested', '--quick');
    expect(byCommand).toMatchObject({ code: 0, stdout: expect.stringContaining('channel tested works') });
    upstream.next((reply) => reply.error(401, 'authentication_error', 'no such key'));
    const failed = await done('POST', '/channels/tested/test', {});
    expect(failed).toMatchObject({ ok: false, endpoints: [{ probes: [{ state: 'failed' }] }] });
    const matrix = await done('POST', '/channels/tested/test', { full: true });
    expect(matrix['endpoints']).toMatchObject([{ dialect: 'anthropic-messages', path: '/v1/messages' }]);
    await done('DELETE', '/channels/tested');
  });

  test('what cannot be used is refused by field, the file rules its own, and versions count', async () => {
    const bad: [JsonObject, string][] = [
      [channel('bad', { provider: 'nobody' }), 'provider'],
      [channel('bad', { base_url: 'ftp://x' }), 'base_url'],
      [channel('bad', { timeouts: { connect: 'soon' } }), 'timeouts.connect'],
      [channel('bad', { base_url: 'http://169.254.169.254/' }), 'base_url'],
      [{ name: 'bad', provider: 'anthropic', models: ['*'] }, 'credentials'],
      [channel('bad', { credentials: [{ api_key: 'a' }, { api_key: 'b' }] }), 'credentials.1.name'],
    ];
    for (const [body, field] of bad) {
      const answer = await asOwner('POST', '/channels', body);
      expect([answer.status, answer.json()['errors']], answer.text).toMatchObject([400, [{ field }]]);
    }
    const fromFile = [
      await asOwner('PATCH', '/channels/simulator', { priority: 2 }),
      await asOwner('DELETE', '/channels/simulator'),
      await asOwner('POST', '/channels', channel('simulator')),
    ];
    expect(fromFile.map(({ status }) => status)).toEqual([409, 409, 409]);
    const seen = await asOwner('GET', '/channels/kept');
    const match = { ...owner, 'if-match': seen.headers['etag'] ?? '' };
    const changes = await Promise.all(
      [1, 2, 3].map((priority) => ask(gateway, match, 'PATCH', '/channels/kept', { priority })),
    );
    expect(changes.map(({ status }) => status).sort()).toEqual([200, 412, 412]);
  });

  test('addresses of private ranges are for the configuration file to allow', async () => {
    const closed = await startGateway({ config: SIMULATOR_CONFIG });
    const badge = await setUp(closed);
    for (const address of [
      upstream.url,
      'http://localhost:1',
      'http://10.1.2.3',
      'http://[::1]:8080',
      'http://0x7f.1',
    ]) {
      const answer = await ask(closed, badge, 'POST', '/channels', channel('inside', { base_url: address }));
      expect([answer.status, answer.json()['detail']]).toEqual([400, expect.stringMatching(/private_channels/)]);
    }
    // A name is looked at when it is connected to.
    const named = channel('named', { base_url: 'http://ip6-localhost:9' });
    expect((await ask(closed, badge, 'POST', '/channels', named)).status).toBe(201);
    const tested = (await ask(closed, badge, 'POST', '/channels/named/test', {})).json();
    expect(tested).toMatchObject({ ok: false });
    expect(upstream.calls).toEqual([]);
    await closed.dispose();
  });
});

describe('models', () => {
  test('a public name gets a route with fallbacks, shown with prices and keys, and loses it', async () => {
    const route = { targets: [{ channel: 'kept', model: 'claude-opus-5', weight: 2 }], fallbacks: ['claude-opus-5-5'] };
    await done('POST', '/models', { name: 'vendor/best', ...route });
    await waitForStatus('vendor/best', 200);
    const listed = await gateway.command('models', 'list');
    expect(listed.stdout).toMatch(/vendor\/best +kept \(claude-opus-5\)/);
    const { models } = await done('GET', '/models');
    const shown = (Array.isArray(models) ? models : []).find(
      (each) => objectAt({ each }, 'each')?.['name'] === 'vendor/best',
    );
    expect(shown).toMatchObject({
      route: 'stored',
      fallbacks: ['claude-opus-5-5'],
      targets: [{ channel: 'kept', credential: 'main', upstream_model: 'claude-opus-5', weight: 2 }],
      keys: { allowed: 2, all: 2 },
      settings: route,
    });
    expect((await asOwner('DELETE', '/channels/kept')).json()['detail']).toMatch(/vendor\/best/);
    const path = `/models/${encodeURIComponent('vendor/best')}`;
    await done('PATCH', path, { channels: ['simulator'], model: 'claude-opus-5-5' });
    const missing = await asOwner('PATCH', path, { channels: ['nowhere'] });
    expect([missing.status, missing.json()['errors']]).toMatchObject([400, [{ field: 'channels.0' }]]);
    await done('DELETE', path);
    expect((await asOwner('DELETE', path)).status).toBe(404);
  });

  test('every provider is there to choose from, with its address', async () => {
    const { providers } = await done('GET', '/providers');
    expect(providers).toContainEqual(
      expect.objectContaining({ id: 'anthropic', base_url: 'https://api.anthropic.com', needs_key: true }),
    );
    expect(providers).toContainEqual(expect.objectContaining({ id: 'simulator', needs_key: false, simulated: true }));
  });
});

test('who guesses is held off by all workers together', async () => {
  const guess = { email: 'nobody@example.org', password: 'a wrong password' };
  const tries = await Promise.all(Array.from({ length: 16 }, () => ask(gateway, {}, 'POST', '/session', guess)));
  expect(tries.filter(({ status }) => status === 401)).toHaveLength(5);
  expect(tries.filter(({ status }) => status === 429)).toHaveLength(11);
});

test('without the sealing key of its credentials the gateway does not start, until they are dropped', async () => {
  await done('POST', '/channels', channel('sealed'));
  await gateway.stop();
  const file = join(gateway.dataDirectory, 'sealing-keys');
  const keys = readFileSync(file);
  rmSync(file);
  const refused = await gateway.start().then(
    () => 'started',
    (error: Error) => error.message,
  );
  expect(refused).toMatch(
    /ezmodel: \d+ sealed values .* Set EZMODEL_SECRET .* put the file of keys back as .*sealing-keys/,
  );
  const lost = /`ezmodel secrets drop (\w{16})`/.exec(refused)?.[1] ?? '';
  writeFileSync(file, keys);
  expect((await gateway.command('secrets', 'drop', lost)).stderr).toContain('is not lost');
  rmSync(file);
  expect((await gateway.command('secrets', 'drop', lost)).stdout).toMatch(/\d rows? of credentials deleted/);
  await gateway.start();
  expect(await done('GET', '/channels/sealed')).toMatchObject({ channel: { credentials: [{ last_four: null }] } });
});
