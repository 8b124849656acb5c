import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isJsonObject, type JsonObject } from '../../src/core/json.ts';
import { wholeMessage } from '../support/anthropic-stream.ts';
import { FakeUpstream } from '../support/fake-upstream.ts';
import { channelConfig, type Gateway, startGateway } from '../support/gateway.ts';
import { waitFor } from '../support/wait.ts';

const MODEL = 'claude-opus-5';
const SECRET = 'whsec-canary-of-the-alert-tests';
const USAGE = { input: 20, output: 10 };
/** USD per million tokens. */
const PRICES = { input: 1, output: 1_000 };
const COST = USAGE.input * 1_000 + USAGE.output * 1_000_000;

type Post = { body: string; headers: Record<string, unknown>; alert: JsonObject };

/** A receiver of webhooks that answers as it is told. */
class Receiver {
  readonly posts: Post[] = [];
  /** What it answers, in order; 204 afterwards. */
  readonly answers: number[] = [];
  private readonly server: Server;

  private constructor(server: Server) {
    this.server = server;
  }

  static async start(): Promise<Receiver> {
    const server = createServer();
    const receiver = new Receiver(server);
    server.on('request', async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const body = Buffer.concat(chunks).toString();
      const alert: unknown = JSON.parse(body);
      receiver.posts.push({ body, headers: request.headers, alert: isJsonObject(alert) ? alert : {} });
      response.writeHead(receiver.answers.shift() ?? 204).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get url(): string {
    const { port } = this.server.address() as AddressInfo;
    return `http://127.0.0.1:${port}/hook?team=ops`;
  }

  /** Posts of one event. */
  of(event: string): Post[] {
    return this.posts.filter(({ alert }) => alert['event'] === event);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

let upstream: FakeUpstream;
let receiver: Receiver;
let gateway: Gateway;

beforeEach(async () => {
  upstream = await FakeUpstream.start('sk-ant-canary-upstream-credential');
  receiver = await Receiver.start();
  upstream.fallback = (reply) => reply.json(200, wholeMessage({ model: MODEL, usage: USAGE }));
});

afterEach(async () => {
  await gateway?.dispose();
  await receiver?.stop();
  await upstream?.stop();
});

const webhook = (more: JsonObject = {}): JsonObject => ({
  name: 'ops',
  url: receiver.url,
  secret: SECRET,
  private_addresses: true,
  ...more,
});

function start(webhooks: JsonObject[]): Promise<Gateway> {
  const more = `prices: ${JSON.stringify({ [MODEL]: PRICES })}\nalerts: ${JSON.stringify({ webhooks })}\n`;
  return startGateway({ config: channelConfig({ url: upstream.url, apiKey: upstream.apiKey, more }) });
}

const send = (tag: string) =>
  gateway.messages(
    { model: MODEL, max_tokens: USAGE.output, messages: [{ role: 'user', content: 'hello' }] },
    { 'x-ezmodel-tags': tag },
  );

async function command(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await gateway.command(...args);
  if (code !== 0) throw new Error(`${args.join(' ')}: ${stdout}${stderr}`);
  return stdout;
}

const setBudget = (name: string, requests: number, ...more: string[]) =>
  command('budgets', 'set', name, '--tag', name, '--amount', String((requests * COST) / 1e9), ...more);

/** What docs/budgets.md tells receivers to do. */
function verify({ body, headers }: Post, secret: string): boolean {
  const [, seconds, hex] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['x-ezmodel-signature'])) ?? [];
  if (seconds === undefined || Math.abs(Date.now() / 1_000 - Number(seconds)) > 300) return false;
  return createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex') === hex;
}

test('a threshold is posted once, signed, again after a 500 and after a restart', { timeout: 90_000 }, async () => {
  gateway = await start([webhook(), webhook({ name: 'elsewhere', events: ['channel.down'] })]);
  await setBudget('team', 4, '--soft', '--alerts', '50,100');
  receiver.answers.push(500);
  await send('team');
  expect(receiver.posts).toHaveLength(0);
  await send('team');
  await waitFor('the post and its second try', () => receiver.posts.length >= 2 || undefined);
  const [first, second] = receiver.posts;
  if (!first || !second) throw new Error('there are two posts');
  expect(second.body).toBe(first.body);
  expect(verify(first, SECRET) && verify(second, SECRET)).toBe(true);
  expect(verify(second, 'another secret')).toBe(false);
  expect(verify({ ...second, body: second.body.replace('50', '80') }, SECRET)).toBe(false);
  expect(second.headers).toMatchObject({ 'x-ezmodel-event': 'budget.threshold', 'content-type': 'application/json' });
  expect(second.alert).toMatchObject({
    event: 'budget.threshold',
    id: second.headers['x-ezmodel-alert'],
    data: { budget: 'team', subject: 'tag:team', threshold_percent: 50, spent_nano_usd: 2 * COST, hard: false },
  });

  // What is crossed just before the end is posted by the next process.
  receiver.answers.push(...Array.from({ length: 20 }, () => 503));
  await send('team');
  await send('team');
  await send('team');
  // A kill takes what has not been booked yet.
  await waitFor('the money to be booked', async () => {
    const [budget] = JSON.parse(await command('budgets', 'list', '--json'));
    return budget.spent_nano_usd === 5 * COST || undefined;
  });
  await gateway.kill9();
  receiver.answers.length = 0;
  const before = receiver.posts.length;
  await gateway.start();
  await waitFor('the post of the next process', () => receiver.posts.length > before || undefined, 45_000);
  expect(receiver.posts.at(-1)?.alert).toMatchObject({ data: { threshold_percent: 100, budget: 'team' } });

  await send('team');
  await waitFor('both to be known as sent', async () => {
    const listed: { id: string; deliveries: { webhook: string; sent_at: number | null }[] }[] = JSON.parse(
      await command('alerts', 'list', '--json'),
    );
    const all = listed.flatMap(({ deliveries }) => deliveries);
    expect(all).toHaveLength(2);
    return all.every(({ webhook: name, sent_at }) => name === 'ops' && sent_at !== null) || undefined;
  });
  expect(new Set(receiver.posts.map(({ alert }) => alert['id'])).size).toBe(2);
});

test('a hard stop is told once; a channel that goes down too; tests are told at once', {
  timeout: 60_000,
}, async () => {
  gateway = await start([webhook()]);
  await setBudget('stop', 0.5);
  expect((await send('stop')).status).toBe(402);
  expect((await send('stop')).status).toBe(402);
  await waitFor('the stop to be told', () => receiver.of('budget.refused').length > 0 || undefined);
  upstream.fallback = (reply) =>
    reply.json(401, { type: 'error', error: { type: 'authentication_error', message: 'x' } });
  await send('other');
  await waitFor('the channel to be told', () => receiver.of('channel.down').length > 0 || undefined);
  expect(receiver.of('channel.down')[0]?.alert).toMatchObject({ data: { channel: 'fake' } });
  expect(receiver.of('budget.refused')).toHaveLength(1);
  expect(receiver.of('budget.refused')[0]?.alert).toMatchObject({
    data: { budget: 'stop', reason: 'exhausted', model: MODEL },
  });

  expect(await command('alerts', 'test')).toContain('ops: answered with HTTP 204');
  const [told] = receiver.of('alert.test');
  expect(told && verify(told, SECRET)).toBe(true);
  receiver.answers.push(302);
  const refused = await gateway.command('alerts', 'test', 'ops');
  expect(refused).toMatchObject({ code: 1 });
  expect(refused.stdout).toContain('HTTP 302');
});

test('a private address is not posted to unless the file allows it, and no secret is shown', {
  timeout: 60_000,
}, async () => {
  gateway = await start([webhook({ private_addresses: false })]);
  const tried = await gateway.command('alerts', 'test');
  expect(tried).toMatchObject({ code: 1 });
  expect(tried.stdout).toContain('at an address that is not allowed');
  expect(receiver.posts).toHaveLength(0);
  expect(tried.stdout + tried.stderr + gateway.output).not.toContain(SECRET);
});
