import { afterAll, beforeAll, expect, test } from 'vitest';
import { isJsonObject } from '../../src/core/json.ts';
import { wholeMessage } from '../support/anthropic-stream.ts';
import { call } from '../support/call.ts';
import { FakeUpstream } from '../support/fake-upstream.ts';
import { channelConfig, type Gateway, startGateway } from '../support/gateway.ts';
import { waitFor } from '../support/wait.ts';

const MODEL = 'claude-opus-5-5';
const LIMITS = 'limits:\n  - { key: "*", requests_per_minute: 60 }\n';

let upstream: FakeUpstream;
let gateway: Gateway;

beforeAll(async () => {
  upstream = await FakeUpstream.start();
  const options = { url: upstream.url, apiKey: upstream.apiKey, models: [MODEL, 'claude-haiku-4-5'], more: LIMITS };
  gateway = await startGateway({ config: channelConfig(options) });
});

afterAll(async () => {
  await gateway?.dispose();
  await upstream?.stop();
});

test('a key holder sees models with prices, what is left of limits and budgets, and what was spent', async () => {
  const { id, key } = await gateway.createKey('mine', '--models', MODEL);
  await gateway.waitForKey(key, true);
  const budget = await gateway.command('budgets', 'set', 'mine', '--key', id, '--amount', '5');
  expect(budget.code, budget.stderr).toBe(0);
  upstream.next((reply) => reply.json(200, wholeMessage({ model: MODEL, usage: { input: 1000, output: 200 } })));
  const headers = { 'x-api-key': key, 'anthropic-version': '2023-06-01', 'content-type': 'application/json' };
  const body = { model: MODEL, max_tokens: 300, messages: [{ role: 'user', content: 'hi' }] };
  const message = await call(`${gateway.url}/v1/messages`, { headers, body });
  expect(message.status).toBe(200);
  const { cost_nano_usd: cost } = await gateway.settledRow(message.headers['request-id'] ?? '');
  expect(cost).toBeGreaterThan(0);
  const byKey = await call(`${gateway.url}/v1/ezmodel/key`, { headers: { 'x-api-key': key } });
  expect(byKey.json()).toMatchObject({
    id,
    name: 'mine',
    project: 'default',
    expires_at: null,
    models: [{ id: MODEL }],
    limits: [{ measure: 'requests_per_minute', limit: 60 }],
    budgets: [{ name: 'mine', amount_nano_usd: 5_000_000_000, spent_nano_usd: cost, reserved_nano_usd: 0 }],
    spent_nano_usd: { today: cost, this_month: cost },
    recent: [{ id: message.headers['request-id'], model: MODEL, status: 'ok', cost_nano_usd: cost }],
  });
  const days = [byKey.json()['spend_by_day'] ?? []].flat();
  expect(days).toHaveLength(30);
  expect(days.at(-1)).toMatchObject({ requests: 1, cost_nano_usd: cost });
  const [model] = [byKey.json()['models']].flat();
  const rates = isJsonObject(model) ? model['nano_usd_per_million_tokens'] : undefined;
  expect(isJsonObject(rates) && Number(rates['output'])).toBeGreaterThan(0);
  const byBearer = await call(`${gateway.url}/v1/ezmodel/key`, { headers: { authorization: `Bearer ${key}` } });
  expect(byBearer.json()['id']).toBe(id);
});

test('prices are those that are charged, and limits on models and projects are told apart', async () => {
  for (const args of [
    ['projects', 'create', '--name', 'resold', '--markup', '1.5'],
    ['limits', 'set', '--project', 'resold', '--requests', '30'],
    ['limits', 'set', '--project', 'resold', '--model', 'claude-opus-*', '--output', '5000'],
    ['limits', 'set', '--model', 'claude-haiku-*', '--concurrent', '9'],
    ['limits', 'set', '--model', 'nobody-serves-this', '--concurrent', '9'],
  ]) {
    const { code, stderr } = await gateway.command(...args);
    expect(code, stderr).toBe(0);
  }
  const { key } = await gateway.createKey('reseller', '--project', 'resold');
  await gateway.waitForKey(key, true);
  const own = await gateway.send('/v1/ezmodel/key', {});
  const reseller = await waitFor('all limits to be known', async () => {
    const answer = await gateway.send('/v1/ezmodel/key', { headers: { 'x-api-key': key } });
    return [answer.json()['limits'] ?? []].flat().length === 4 && answer;
  });
  const ratesOf = ({ json }: typeof own) => {
    const model = [json()['models'] ?? []].flat().find((each) => isJsonObject(each) && each['id'] === MODEL);
    const rates = isJsonObject(model) ? model['nano_usd_per_million_tokens'] : undefined;
    return isJsonObject(rates) ? rates : {};
  };
  expect(Number(ratesOf(own)['output'])).toBeGreaterThan(0);
  for (const [name, rate] of Object.entries(ratesOf(own))) expect(ratesOf(reseller)[name]).toBe(1.5 * Number(rate));
  expect(reseller.json()['limits']).toMatchObject([
    { scope: 'project', models: '*', measure: 'requests_per_minute', limit: 30, remaining: 30 },
    { scope: 'key', models: '*', measure: 'requests_per_minute', limit: 60, remaining: 60 },
    { scope: 'project', models: 'claude-opus-*', measure: 'output_tokens_per_minute', limit: 5000 },
    { scope: 'model', models: 'claude-haiku-*', measure: 'concurrent', limit: 9 },
  ]);
});

test('nobody else sees it', async () => {
  const wrong = await call(`${gateway.url}/v1/ezmodel/key`, { headers: { 'x-api-key': `${gateway.key}x` } });
  expect(wrong.status).toBe(401);
});
