import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { OPENAI_QUIRKS } from '../../src/core/quirks.ts';
import { postWebhook } from '../../src/upstream/post-webhook.ts';
import { call } from '../support/call.ts';
import { FakeUpstream } from '../support/fake-upstream.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { openAiRules } from '../support/openai-upstream.ts';
import { eachOf, SsrfCanary } from '../support/ssrf-canary.ts';
import { ssrfUrls } from '../support/ssrf-urls.ts';

/** Requests at once. */
const LANES = 16;

let canary: SsrfCanary;
let urls: string[] = [];
let upstream: FakeUpstream;
let gateway: Gateway;

beforeAll(async () => {
  canary = await SsrfCanary.start();
  urls = ssrfUrls(canary.port);
  upstream = await FakeUpstream.start('sk-ssrf', openAiRules(OPENAI_QUIRKS));
  const channel = (name: string, path: string) => ({
    ...{ name, provider: 'openai', base_url: upstream.url, api_key: upstream.apiKey, models: [name] },
    endpoints: { [`openai-${name}`]: path },
    quirks: { image_urls: false },
  });
  const channels = [channel('chat', '/v1/chat/completions'), channel('responses', '/v1/responses')];
  gateway = await startGateway({
    config: JSON.stringify({ channels, server: { media: { timeout: '500ms' } } }),
    environment: { NODE_OPTIONS: `--import=${join(import.meta.dirname, '../support/flapping-names.ts')}` },
  });
});

beforeEach(() => {
  canary.connections = 0;
  upstream.reset();
});

afterAll(async () => {
  await gateway?.dispose();
  await upstream?.stop();
  canary?.close();
});

test('the corpus has 300 addresses and the canary sees who comes', async () => {
  expect(new Set(urls).size).toBeGreaterThanOrEqual(300);
  await call(`http://127.0.0.1:${canary.port}/`).catch(() => undefined);
  expect(canary.connections).toBe(1);
});

/** Every field of a request in which a client may put an address that the gateway fetches. */
const FIELDS: Record<string, { path: string; body: (url: string) => JsonObject }> = {
  'an image of Messages': {
    path: '/v1/messages',
    body: (url) => messages([{ type: 'image', source: { type: 'url', url } }]),
  },
  'a document of Messages': {
    path: '/v1/messages',
    body: (url) => messages([{ type: 'document', source: { type: 'url', url } }]),
  },
  'an image of Chat': {
    path: '/v1/chat/completions',
    body: (url) => ({
      model: 'responses',
      messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }],
    }),
  },
  'an image of Responses': {
    path: '/v1/responses',
    body: (url) => responses([{ type: 'input_image', image_url: url }]),
  },
  'a file of Responses': { path: '/v1/responses', body: (url) => responses([{ type: 'input_file', file_url: url }]) },
};

const messages = (content: JsonObject[]) => ({
  ...{ model: 'chat', max_tokens: 8 },
  messages: [{ role: 'user', content }],
});
const responses = (content: JsonObject[]) => ({ model: 'chat', store: false, input: [{ role: 'user', content }] });

test.each(Object.entries(FIELDS))('G26 law SSRF: no address of the corpus in %s reaches anything', async (_, field) => {
  const wrong: string[] = [];
  let refusedByGuard = 0;
  await eachOf(urls, LANES, async (url) => {
    const answer = await gateway.send(field.path, { method: 'POST', body: field.body(url) });
    if (answer.text.includes('is at a private address')) refusedByGuard++;
    if (answer.status !== 400) wrong.push(`${JSON.stringify(url)}: ${answer.status} ${answer.text.slice(0, 200)}`);
  });
  expect(wrong).toEqual([]);
  expect(refusedByGuard).toBeGreaterThan(150);
  expect(canary.connections).toBe(0);
  expect(upstream.calls).toEqual([]);
});

test('G26 law SSRF: nor does one in a webhook of an operator who has not allowed private addresses', async () => {
  const valid = urls.filter((url) => URL.canParse(url) && new URL(url).protocol.startsWith('http'));
  const answered: string[] = [];
  await eachOf(valid, LANES, async (url) => {
    const answer = await postWebhook({ url, headers: {}, body: '{}', timeout: 500, privateAddressesAllowed: false });
    if (!('problem' in answer)) answered.push(url);
  });
  expect(answered).toEqual([]);
  expect(canary.connections).toBe(0);
});
