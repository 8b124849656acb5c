import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isJsonObject, type JsonObject } from '../../src/core/json.ts';
import { ask, type Badge, makeToken, setUp } from '../support/administrator.ts';
import { type Gateway, SIMULATOR_CONFIG, startGateway } from '../support/gateway.ts';
import { waitFor } from '../support/wait.ts';

const SECRET = 'whsec-canary-of-the-stored-webhooks';
const OF_FILE = 'whsec-canary-of-the-file';

/** With so little space "free" the disk is short from the start. */
const SHORT_DISK = 'retention: { low_disk: 900000GB, reserve: 1MB }\n';

type Post = { body: string; signature: string; alert: JsonObject };

let receiver: Server;
let url: string;
const posts: Post[] = [];
let gateway: Gateway;
let owner: Badge;

beforeAll(async () => {
  receiver = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    const alert: unknown = JSON.parse(body);
    const signature = String(request.headers['x-ezmodel-signature']);
    posts.push({ body, signature, alert: isJsonObject(alert) ? alert : {} });
    response.writeHead(request.url === '/broken' ? 500 : 204).end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  const ofFile = {
    name: 'of-file',
    url: `${url}/file`,
    secret: OF_FILE,
    events: ['channel.down'],
    private_addresses: true,
  };
  const config = `${SIMULATOR_CONFIG}${SHORT_DISK}alerts: ${JSON.stringify({ webhooks: [ofFile] })}\n`;
  gateway = await startGateway({ config: `${config}server: { admin: { private_channels: true } }\n` });
  owner = await setUp(gateway);
});

afterAll(async () => {
  await gateway?.dispose();
  receiver?.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
});

const isSigned = ({ body, signature }: Post, secret: string): boolean => {
  const [, seconds, hex] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature) ?? [];
  return createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex') === hex;
};

const namesOf = async (): Promise<unknown[]> => {
  const { webhooks } = (await ask(gateway, owner, 'GET', '/webhooks')).json();
  return Array.isArray(webhooks) ? webhooks.filter(isJsonObject).map(({ name }) => name) : [];
};

test('a webhook made over the API is told of the disk, signed; it is changed, tried and removed', async () => {
  const made = await ask(gateway, owner, 'POST', '/webhooks', { name: 'ops', url: `${url}/ops`, secret: SECRET });
  expect([made.status, made.json()['webhook']]).toMatchObject([
    201,
    { name: 'ops', url: `${url}/ops`, events: null, timeout_ms: 10_000, enabled: true, managed: false },
  ]);
  const tried = await ask(gateway, owner, 'POST', '/webhooks/ops/test');
  expect(tried.json()).toEqual({ ok: true, status: 204, problem: null });
  expect(posts.some((post) => post.alert['event'] === 'alert.test' && isSigned(post, SECRET))).toBe(true);

  // The disk was short before anybody listened; the next process says so again.
  await gateway.stop();
  await gateway.start();
  const told = await waitFor('the alert of the disk', () => posts.find(({ alert }) => alert['event'] === 'disk.low'));
  expect(isSigned(told, SECRET)).toBe(true);
  expect(told.alert).toMatchObject({ data: { state: 'low', free_bytes: expect.any(Number) } });
  const { alerts } = (await ask(gateway, owner, 'GET', '/alerts?limit=10')).json();
  expect(alerts).toContainEqual(
    expect.objectContaining({ event: 'disk.low', deliveries: [expect.objectContaining({ webhook: 'ops', tries: 1 })] }),
  );

  const next = 'whsec-the-second-one-of-these';
  const changed = await ask(gateway, owner, 'PATCH', '/webhooks/ops', {
    url: `${url}/broken`,
    secret: next,
    events: ['disk.low'],
  });
  expect([changed.status, changed.json()['webhook']]).toMatchObject([
    200,
    { url: `${url}/broken`, events: ['disk.low'] },
  ]);
  expect((await ask(gateway, owner, 'POST', '/webhooks/ops/test')).json()).toMatchObject({ ok: false, status: 500 });
  expect(posts.at(-1) && isSigned(posts.at(-1) as Post, next)).toBe(true);
  await ask(gateway, owner, 'PATCH', '/webhooks/ops', { enabled: false });
  expect((await ask(gateway, owner, 'POST', '/webhooks/ops/test')).status).toBe(404);
  expect((await ask(gateway, owner, 'DELETE', '/webhooks/ops')).status).toBe(200);
  expect(await namesOf()).toEqual(['of-file']);
});

test('those of the file are shown and stay as they are; wrong ones are refused by field; admins alone may', async () => {
  expect((await ask(gateway, owner, 'GET', '/webhooks')).json()['webhooks']).toMatchObject([
    { name: 'of-file', managed: true, events: ['channel.down'], updated_at: null },
  ]);
  for (const [method, path, body] of [
    ['PATCH', '/webhooks/of-file', { enabled: false }],
    ['DELETE', '/webhooks/of-file', undefined],
    ['POST', '/webhooks', { name: 'of-file', url, secret: SECRET }],
  ] as const) {
    expect((await ask(gateway, owner, method, path, body)).status).toBe(409);
  }
  const wrongOnes: [field: string, wrong: JsonObject][] = [
    ['url', { url: 'http://169.254.169.254/latest' }],
    ['url', { url: 'ftp://example.com/' }],
    ['url', { url: 'https://user:word@example.com/' }],
    ['secret', { secret: 'short' }],
    ['events', { events: ['alert.test'] }],
    ['timeout_ms', { timeout_ms: 0 }],
  ];
  for (const [field, wrong] of wrongOnes) {
    const answer = await ask(gateway, owner, 'POST', '/webhooks', {
      name: 'x',
      url: 'https://example.com/',
      secret: SECRET,
      ...wrong,
    });
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining(`"field":"${field}`)]);
  }
  const { badge } = await makeToken(gateway, owner, 'member');
  expect((await ask(gateway, badge, 'GET', '/webhooks')).status).toBe(403);
  expect((await ask(gateway, badge, 'GET', '/alerts')).status).toBe(403);
});

test('commands set, list, try and remove one; its secret is nowhere', async () => {
  const file = join(gateway.dataDirectory, 'hook-secret');
  writeFileSync(file, `${SECRET}\n`);
  const set = ['alerts', 'webhooks', 'set', 'cli'];
  expect((await gateway.command(...set, '--url', `${url}/cli`)).stderr).toContain('--secret-file');
  expect((await gateway.command(...set, '--url', 'http://169.254.169.254/', '--secret-file', file)).stderr).toContain(
    'private address',
  );
  const done = await gateway.command(
    ...set,
    '--url',
    `${url}/cli`,
    '--secret-file',
    file,
    '--events',
    'budget.refused,disk.low',
  );
  expect(done).toMatchObject({ code: 0 });
  expect((await gateway.command('alerts', 'webhooks', 'set', 'of-file', '--disable')).stderr).toContain('config file');
  expect((await gateway.command('alerts', 'test', 'cli')).stdout).toContain('HTTP 204');
  expect(posts.at(-1) && isSigned(posts.at(-1) as Post, SECRET)).toBe(true);
  expect(JSON.parse((await gateway.command('alerts', 'webhooks', 'list', '--json')).stdout)).toMatchObject([
    { name: 'of-file', managed: true },
    { name: 'cli', url: `${url}/cli`, events: ['budget.refused', 'disk.low'], enabled: true, managed: false },
  ]);
  await gateway.command(...set, '--disable', '--events', '*');
  const disabled = JSON.parse((await gateway.command('alerts', 'webhooks', 'list', '--json')).stdout);
  expect(disabled[1]).toMatchObject({ url: `${url}/cli`, events: null, enabled: false });
  expect(await gateway.command('alerts', 'webhooks', 'remove', 'cli')).toMatchObject({ code: 0 });
  expect(await gateway.command('alerts', 'webhooks', 'remove', 'cli')).toMatchObject({ code: 1 });

  const audit = (await ask(gateway, owner, 'GET', '/audit?limit=100')).text;
  for (const action of ['webhooks.create', 'webhooks.change', 'webhooks.remove']) expect(audit).toContain(action);
  const listed = (await ask(gateway, owner, 'GET', '/webhooks')).text;
  for (const text of [audit, listed, gateway.output, done.stdout]) {
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain(OF_FILE);
  }
});
