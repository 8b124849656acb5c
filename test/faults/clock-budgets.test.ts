import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { wholeMessage } from '../support/anthropic-stream.ts';
import { Books } from '../support/books.ts';
import { FakeUpstream } from '../support/fake-upstream.ts';
import { channelConfig, type Gateway, startGateway } from '../support/gateway.ts';
import { waitFor } from '../support/wait.ts';

const MODEL = 'claude-opus-5';
const USAGE = { input: 20, output: 10 };
/** USD per million tokens. */
const PRICES = { input: 1, output: 1_000 };
const COST = USAGE.input * 1_000 + USAGE.output * 1_000_000;

const folder = mkdtempSync(join(tmpdir(), 'ezmodel-clock-'));
const clockFile = join(folder, 'offset');

let upstream: FakeUpstream;
let gateway: Gateway;
let books: Books;

/** Sets the clock of the gateway, and of all commands from now on. */
function setClock(time: string): void {
  writeFileSync(clockFile, String(Date.parse(time) - Date.now()));
  if (gateway) gateway.signal('SIGUSR2');
}

beforeAll(async () => {
  setClock('2026-11-26T23:30:00Z');
  upstream = await FakeUpstream.start();
  const more = `prices: ${JSON.stringify({ [MODEL]: PRICES })}\nlimits: [{ model: slow-*, requests_per_minute: 1 }]\n`;
  gateway = await startGateway({
    config: channelConfig({ url: upstream.url, apiKey: upstream.apiKey, more }),
    environment: {
      EZMODEL_TEST_CLOCK: clockFile,
      NODE_OPTIONS: `--import=${new URL('../support/set-clock.ts', import.meta.url).href}`,
    },
  });
  books = new Books(gateway.dataDirectory);
  const { code } = await gateway.command('budgets', 'set', 'daily', '--tag', 'd', '--amount', '1', '--period', 'day');
  expect(code).toBe(0);
});
beforeEach(() => {
  upstream.reset();
  upstream.fallback = (reply) => reply.json(200, wholeMessage({ model: MODEL, usage: USAGE }));
});
afterAll(async () => {
  books?.close();
  await gateway?.dispose();
  await upstream?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const ask = (more: JsonObject = {}): JsonObject => ({
  model: MODEL,
  max_tokens: USAGE.output,
  messages: [{ role: 'user', content: 'hello' }],
  ...more,
});
const TAGS = { 'x-ezmodel-tags': 'd' };

const settled = (id: string) => waitFor(`the row of ${id}`, () => books.settled(id));

async function daily(): Promise<{ spent_nano_usd: number; reserved_nano_usd: number }> {
  const { stdout } = await gateway.command('budgets', 'list', '--json');
  return JSON.parse(stdout)[0];
}

async function spend(): Promise<void> {
  const { status, headers } = await gateway.messages(ask(), TAGS);
  expect(status).toBe(200);
  await settled(headers['request-id'] ?? '');
}

test('S8 a budget is neither reset twice nor skipped when the clock goes over midnight and back', {
  timeout: 60_000,
}, async () => {
  const [evening, night] = ['2026-11-26T23:30:00Z', '2026-11-27T00:30:00Z'];
  setClock(evening);
  await spend();
  setClock(night);
  expect((await daily()).spent_nano_usd).toBe(0);
  await spend();
  setClock(evening);
  expect((await daily()).spent_nano_usd).toBe(COST);
  await spend();
  setClock(night);
  expect((await daily()).spent_nano_usd).toBe(COST);
  setClock(evening);
  expect((await daily()).spent_nano_usd).toBe(2 * COST);
  expect((await gateway.command('doctor')).code).toBe(0);
});

test('S8 a limit per minute takes no notice of a clock that is set, and a key goes on to be known', async () => {
  setClock('2026-11-26T12:00:00Z');
  const body = ask({ model: 'slow-model' });
  await gateway.messages(body);
  setClock('2026-11-26T13:00:00Z');
  expect((await gateway.messages(body)).status).toBe(429);
  setClock('2026-11-26T11:00:00Z');
  expect((await gateway.messages(body)).status).toBe(429);
  expect((await gateway.messages(ask())).status).toBe(200);
});
