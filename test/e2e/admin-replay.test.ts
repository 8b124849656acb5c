import { afterAll, beforeAll, expect, test } from 'vitest';
import { isJsonObject, stringAt } from '../../src/core/json.ts';
import { ask, type Badge, setUp } from '../support/administrator.ts';
import { textStream, wholeMessage } from '../support/anthropic-stream.ts';
import { FakeUpstream } from '../support/fake-upstream.ts';
import { channelConfig, type Gateway, startGateway } from '../support/gateway.ts';
import { waitFor } from '../support/wait.ts';

const MODEL = 'claude-opus-5';
const KEPT = 'payloads:\n  - { project: default, keep: 1h, max_size: 64KB }\n';
const USAGE = { input: 30, output: 12 };

let upstream: FakeUpstream;
let gateway: Gateway;
let owner: Badge;

beforeAll(async () => {
  upstream = await FakeUpstream.start('sk-ant-upstream-credential');
  gateway = await startGateway({
    config: channelConfig({ url: upstream.url, apiKey: upstream.apiKey, more: KEPT }),
  });
  owner = await setUp(gateway);
});

afterAll(async () => {
  await gateway?.dispose();
  await upstream?.stop();
});

test('a kept request is shown with the events of its answer, and replayed at another model, charged to nobody', async () => {
  await gateway.command('budgets', 'set', 'all of it', '--project', 'default', '--amount', '10', '--period', 'month');
  upstream.fallback = (reply) => reply.stream(textStream({ model: MODEL, usage: USAGE }, ['good', ' day']));
  const message = { model: MODEL, max_tokens: 100, stream: true, messages: [{ role: 'user', content: 'greet me' }] };
  const answer = await gateway.messages(message);
  const id = answer.headers['request-id'] ?? '';
  await gateway.settledRow(id);
  const bodies = await waitFor('the payload', async () => {
    const kept = await ask(gateway, owner, 'GET', `/exchanges/${id}/payload`);
    return kept.status === 200 ? kept.json() : undefined;
  });
  expect(JSON.stringify(bodies['request'])).toContain('greet me');
  expect(JSON.stringify(bodies['attempts'])).toContain('good');

  const budgetBefore = (await ask(gateway, owner, 'GET', '/usage/budgets')).json();
  upstream.fallback = (reply) => reply.json(200, wholeMessage({ model: 'claude-sonnet-5', usage: USAGE }));
  const calls = upstream.calls.length;
  const replayed = await ask(gateway, owner, 'POST', `/exchanges/${id}/replay`, { model: 'claude-sonnet-5' });
  expect(replayed.status).toBe(200);
  expect(upstream.calls.length).toBe(calls + 1);
  expect(upstream.calls.at(-1)?.json).toMatchObject({ ...message, model: 'claude-sonnet-5' });
  const exchangeId = stringAt(replayed.json(), 'exchange_id') ?? '';
  await gateway.settledRow(exchangeId);
  const detail = (await ask(gateway, owner, 'GET', `/exchanges/${exchangeId}`)).json();
  expect(detail).toMatchObject({ key_id: 'replay', model: 'claude-sonnet-5' });
  expect((await ask(gateway, owner, 'GET', '/usage/budgets')).json()).toMatchObject({
    budgets: [{ spent_nano_usd: spentOf(budgetBefore) }],
  });
  const audit = await ask(gateway, owner, 'GET', '/audit?limit=1');
  expect(audit.json()).toMatchObject({ rows: [{ action: 'exchanges.replay', subject: `exchange:${id}` }] });
  expect((await gateway.command('doctor')).stdout).not.toContain('FAILED');
});

test('what is not kept cannot be replayed, and a channel that does not serve the model is no target', async () => {
  const { exchanges } = (await ask(gateway, owner, 'GET', '/exchanges?limit=1&key_id=replay')).json();
  const [first] = Array.isArray(exchanges) ? exchanges.filter(isJsonObject) : [];
  const id = stringAt(first ?? {}, 'id') ?? '';
  await waitFor(
    'its payload',
    async () => (await ask(gateway, owner, 'GET', `/exchanges/${id}/payload`)).status === 200,
  );
  const nowhere = await ask(gateway, owner, 'POST', `/exchanges/${id}/replay`, { channel: 'missing' });
  expect(nowhere.json()).toMatchObject({ status: 404 });
  await gateway.command('bodies', 'delete', '--all');
  expect((await ask(gateway, owner, 'POST', `/exchanges/${id}/replay`, {})).status).toBe(409);
});

function spentOf({ budgets }: { [name: string]: unknown }): unknown {
  const [first]: unknown[] = Array.isArray(budgets) ? budgets : [];
  return typeof first === 'object' && first !== null && 'spent_nano_usd' in first ? first.spent_nano_usd : undefined;
}
