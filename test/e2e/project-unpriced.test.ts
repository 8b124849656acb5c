import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { ask, type Badge, setUp } from '../support/administrator.ts';
import { wholeMessage } from '../support/anthropic-stream.ts';
import { FakeUpstream } from '../support/fake-upstream.ts';
import { channelConfig, type Gateway, startGateway } from '../support/gateway.ts';
import { waitFor } from '../support/wait.ts';

const MODEL = 'model-nobody-knows';
const USAGE = { input: 20, output: 10 };
/** USD per million tokens. */
const CEILING = { input: 20, output: 100 };
const AT_CEILING = USAGE.input * 20_000 + USAGE.output * 100_000;
const OF_FILE = { 'of-file': { unpriced: { policy: 'hold', ceiling: CEILING } } };

let upstream: FakeUpstream;
let gateway: Gateway;
let owner: Badge;

beforeAll(async () => {
  upstream = await FakeUpstream.start();
  upstream.fallback = (reply) => {
    reply.bill(USAGE);
    return reply.json(200, wholeMessage({ model: MODEL, usage: USAGE }));
  };
  const more = `projects: ${JSON.stringify(OF_FILE)}\n`;
  gateway = await startGateway({ config: channelConfig({ url: upstream.url, apiKey: upstream.apiKey, more }) });
  owner = await setUp(gateway);
});

afterAll(async () => {
  await gateway?.dispose();
  await upstream?.stop();
});

/** A key of the project, under a hard budget on the project. */
async function keyOf(project: string): Promise<string> {
  const { key } = await gateway.createKey(`of-${project}`, '--project', project);
  expect(await gateway.command('budgets', 'set', project, '--project', project, '--amount', '1')).toMatchObject({
    code: 0,
  });
  await gateway.waitForKey(key, true);
  return key;
}

const send = (key: string) =>
  gateway.messages(
    { model: MODEL, max_tokens: USAGE.output, messages: [{ role: 'user', content: 'hello' }] },
    { 'x-api-key': key },
  );

/** What a budget has counted, once nothing is held of it. */
async function spentOf(name: string): Promise<unknown> {
  return waitFor(`what ${name} has spent`, async () => {
    const { stdout } = await gateway.command('budgets', 'list', '--json');
    const budgets: JsonObject[] = JSON.parse(stdout);
    const found = budgets.find((budget) => budget['name'] === name);
    return found?.['reserved_nano_usd'] === 0 ? String(found['spent_nano_usd']) : undefined;
  });
}

test('models without a price: a project holds them at a ceiling, flags them or refuses them, whatever holds elsewhere', async () => {
  const made = await ask(gateway, owner, 'POST', '/projects', {
    name: 'held',
    unpriced: { policy: 'hold', ceiling: CEILING },
  });
  expect([made.status, made.json()['project']]).toMatchObject([
    201,
    { unpriced: { policy: 'hold', ceiling: CEILING } },
  ]);
  expect(await gateway.command('projects', 'create', '--name', 'flagged', '--unpriced', 'flag')).toMatchObject({
    code: 0,
  });
  expect(await gateway.command('projects', 'create', '--name', 'plain')).toMatchObject({ code: 0 });

  const [held, flagged, plain, ofFile] = await Promise.all(['held', 'flagged', 'plain', 'of-file'].map(keyOf));
  const answers = await Promise.all([held, flagged, plain, ofFile].map((key) => send(key ?? '')));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 402, 200]);
  expect(await spentOf('held')).toBe(String(AT_CEILING));
  expect(await spentOf('of-file')).toBe(String(AT_CEILING));
  expect(await spentOf('flagged')).toBe('0');
  expect(await spentOf('plain')).toBe('0');

  const { id } = made.json()['project'] as { id: string };
  const back = await ask(gateway, owner, 'PATCH', `/projects/${id}`, { unpriced: null });
  expect(back.json()['project']).toMatchObject({ unpriced: null });
  await waitFor('the change to count', async () => (await send(held ?? '')).status === 402 || undefined);
  const set = await gateway.command('projects', 'set', 'plain', '--unpriced', 'hold:20:100', '--json');
  expect(JSON.parse(set.stdout)).toMatchObject({ unpriced: { policy: 'hold' } });
  await waitFor('the change to count', async () => (await send(plain ?? '')).status === 200 || undefined);
  expect((await gateway.command('projects', 'set', 'plain', '--unpriced', 'hold')).code).not.toBe(0);
  for (const wrong of [{ policy: 'hold' }, { policy: 'flag', ceiling: CEILING }, { policy: 'free' }]) {
    expect((await ask(gateway, owner, 'PATCH', `/projects/${id}`, { unpriced: wrong })).status).toBe(400);
  }
  expect((await gateway.command('doctor')).code).toBe(0);
});

test('S1 what a killed process had open for such a project is counted at its ceiling as well', {
  timeout: 60_000,
}, async () => {
  const key = await keyOf('default');
  await ask(gateway, owner, 'PATCH', '/projects/proj_default', { unpriced: { policy: 'hold', ceiling: CEILING } });
  await waitFor('the policy to count', async () => (await send(key)).status === 200 || undefined);
  const before = Number(await spentOf('default'));
  const calls = upstream.calls.length;
  upstream.next(() => new Promise(() => undefined));
  const lost = send(key).catch(() => undefined);
  await waitFor('the call', () => upstream.calls.length > calls || undefined);
  await gateway.kill9();
  await lost;
  await gateway.start();
  expect(Number(await spentOf('default'))).toBeGreaterThan(before);
  expect((await gateway.command('doctor')).code).toBe(0);
});
