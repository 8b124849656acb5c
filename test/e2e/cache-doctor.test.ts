import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Json, stringAt } from '../../src/core/json.ts';
import { ask, type Badge, setUp } from '../support/administrator.ts';
import { textStream } from '../support/anthropic-stream.ts';
import { FakeUpstream } from '../support/fake-upstream.ts';
import { channelConfig, type Gateway, startGateway } from '../support/gateway.ts';
import { waitFor } from '../support/wait.ts';

const MODEL = 'claude-opus-5';
const RULES = 'Be kind. '.repeat(600);
const HIT = { input: 10, cacheRead: 4_000, cacheWrite5m: 100, output: 5 };
const MISS = { input: 10, cacheWrite5m: 4_100, output: 5 };

let upstream: FakeUpstream;
let gateway: Gateway;
let owner: Badge;

beforeAll(async () => {
  upstream = await FakeUpstream.start('sk-ant-upstream-credential');
  gateway = await startGateway({ config: channelConfig({ url: upstream.url, apiKey: upstream.apiKey }) });
  owner = await setUp(gateway);
});

afterAll(async () => {
  await gateway?.dispose();
  await upstream?.stop();
});

const text = (words: string) => ({ type: 'text', text: words, cache_control: { type: 'ephemeral' } });
const user = (words: string) => ({ role: 'user', content: [text(words)] });

test('the cache doctor names what changed first, what was no change, and what it cost', async () => {
  const say = async (usage: typeof MISS, system: string, messages: Json[]): Promise<string> => {
    upstream.fallback = (reply) => reply.stream(textStream({ model: MODEL, usage }, ['x']));
    const body = { model: MODEL, max_tokens: 100, stream: true, system, messages };
    const answer = await gateway.messages(body, { 'x-session-id': 'one' });
    const id = answer.headers['request-id'] ?? '';
    await gateway.settledRow(id);
    return id;
  };
  const plain = { role: 'user', content: [{ type: 'text', text: 'one' }] };
  const ids = [
    await say(MISS, RULES, [user('one')]),
    // The mark has moved on, which is no change.
    await say(HIT, RULES, [plain, user('two')]),
    await say(MISS, RULES, [user('eins'), user('two'), user('three')]),
    await say(MISS, `${RULES} It is noon.`, [user('eins'), user('two'), user('three')]),
    await say(MISS, `${RULES} It is noon.`, [user('eins'), user('two'), user('three')]),
  ];
  const session = await waitFor('the digests', async () =>
    stringAt((await ask(gateway, owner, 'GET', `/exchanges/${ids.at(-1)}`)).json(), 'session'),
  );
  const found = (await ask(gateway, owner, 'GET', `/sessions/${session}/cache`)).json();
  // 4,100 tokens written at 6,250 nano-USD each, which would have been read at 500.
  expect(found).toMatchObject({
    steps: [
      { id: ids[0], verdict: 'first' },
      { id: ids[1], verdict: 'hit', changed_message: null, lost_tokens: 0 },
      { id: ids[2], verdict: 'message_changed', changed_message: 0, lost_nano_usd: 4_100 * 5_750 },
      { id: ids[3], verdict: 'system_changed' },
      { id: ids[4], verdict: 'provider_miss', lost_tokens: 4_100 },
    ],
  });
  expect((await ask(gateway, owner, 'GET', '/sessions/missing/cache')).status).toBe(404);
});
