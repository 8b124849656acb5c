import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { wholeMessage } from '../support/anthropic-stream.ts';
import { call } from '../support/call.ts';
import type { CommandResult } from '../support/command-line.ts';
import { FakeUpstream } from '../support/fake-upstream.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { waitFor } from '../support/wait.ts';

const MODEL = 'claude-opus-5';
const BODY = { model: MODEL, max_tokens: 10, messages: [{ role: 'user', content: 'hi' }] };

let first: FakeUpstream;
let second: FakeUpstream;
let gateway: Gateway;

beforeAll(async () => {
  [first, second] = await Promise.all([FakeUpstream.start(), FakeUpstream.start()]);
  const channel = (name: string, upstream: FakeUpstream, priority: number) => ({
    name,
    provider: 'anthropic',
    base_url: upstream.url,
    models: [MODEL],
    priority,
    credentials: [{ name: 'one', api_key: upstream.apiKey }],
  });
  const channels = [channel('first', first, 0), channel('second', second, 1)];
  gateway = await startGateway({ config: JSON.stringify({ channels }) });
});

beforeEach(() => {
  for (const upstream of [first, second]) {
    upstream.reset();
    upstream.fallback = (reply) => reply.json(200, wholeMessage({ model: MODEL, usage: { input: 1, output: 1 } }));
  }
});

afterAll(async () => {
  await gateway?.dispose();
  await Promise.all([first?.stop(), second?.stop()]);
});

async function channels(...args: string[]): Promise<CommandResult> {
  return gateway.command('channels', ...args);
}

/** Which channel serves, as the client is told. */
async function route(): Promise<string | undefined> {
  return (await gateway.messages(BODY)).headers['x-ezmodel-route']?.toString();
}

/** Within the second that is promised. */
const waitForRoute = (wanted: string) =>
  waitFor(`requests to go to ${wanted}`, async () => (await route()) === wanted, 1_000);

async function metric(line: string): Promise<string | undefined> {
  const { body } = await call(`${gateway.url}/metrics`);
  return body
    .toString()
    .split('\n')
    .find((each) => each.startsWith(`${line} `))
    ?.slice(line.length + 1);
}

describe('channels drain', () => {
  test.each(['first', 'first/one'])('takes %s out of use within a second, and undrain back into it', async (id) => {
    expect(await route()).toBe('first');
    const drained = await channels('drain', id);
    expect([drained.code, drained.stdout]).toEqual([0, `${id} is drained: it gets no new requests.\n`]);
    await waitForRoute('second');
    expect(await metric('ezmodel_drained{channel="first",credential="one"}')).toBe('1');
    expect((await channels('drain', id)).stdout).toContain('already');
    const listed = await channels('list');
    expect(listed.stdout).toMatch(id === 'first' ? /^first .* drained +ok/m : /^first .* drained: one +ok/m);
    expect((await channels('undrain', id)).stdout).toContain('no longer drained');
    await waitForRoute('first');
    expect(await metric('ezmodel_drained{channel="first",credential="one"}')).toBe('0');
  });

  test('is kept over a restart, from the first request on', async () => {
    await channels('drain', 'first');
    await waitForRoute('second');
    await gateway.stop();
    expect((await channels('list')).stdout).toContain('No server runs');
    await gateway.start();
    expect(await route()).toBe('second');
    await channels('undrain', 'first');
    await waitForRoute('first');
  });

  test('refuses what is not in the configuration, and to take back what is not drained', async () => {
    const wrong = await channels('drain', 'third');
    expect([wrong.code, wrong.stderr]).toEqual([1, 'ezmodel: nothing is called third: there are first, second\n']);
    const none = await channels('undrain', 'second');
    expect([none.code, none.stderr]).toEqual([1, 'ezmodel: second is not drained by hand: nothing is\n']);
  });
});

describe('channels list', () => {
  test('shows the circuits of the running server, and the metrics count them (U14, U12)', async () => {
    first.next((reply) => reply.error(401, 'authentication_error', 'invalid x-api-key'));
    expect(await route()).toBe('first=upstream_auth, second');
    for (let round = 0; round < 3; round++) {
      // Longer than any machine takes to look at it.
      const headers = { 'x-should-retry': 'false', 'retry-after': '500' };
      second.next((reply) => reply.error(529, 'overloaded_error', 'Overloaded', headers));
      const refused = await gateway.messages(BODY);
      expect(refused.headers['x-ezmodel-route']).toBe('second=overloaded');
      if (round > 0) continue;
      const id = refused.headers['request-id'] ?? '';
      await gateway.settledRow(id);
      expect((await gateway.command('exchange', id)).stdout).toMatch(
        /; without first\/one \(credential_refused, \d+ s left\)/,
      );
    }
    const text = (await channels('list')).stdout;
    expect(text).toMatch(/^first .* active +1 open /m);
    expect(text).toMatch(/^first\/one +all +open +credential_refused +1 +\d+ s$/m);
    expect(text).toMatch(/^second\/one +claude-opus-5 +open +overloaded +3 +\d+ s$/m);
    const listed: unknown = JSON.parse((await channels('list', '--json')).stdout);
    expect(listed).toMatchObject([
      { name: 'first', drained: false, health: [{ name: 'one', state: 'open', reason: 'credential_refused' }] },
      { name: 'second', health: [{ state: 'closed', targets: [{ model: MODEL, state: 'open', failures: 3 }] }] },
    ]);
    expect(await metric('ezmodel_circuit_state{channel="first",credential="one"}')).toBe('2');
    expect(await metric('ezmodel_open_targets{channel="second",credential="one"}')).toBe('1');
    const opened = 'ezmodel_circuit_openings_total';
    expect(await metric(`${opened}{channel="first",scope="credential",reason="credential_refused"}`)).toBe('1');
    expect(await metric(`${opened}{channel="second",scope="target",reason="overloaded"}`)).toBe('1');
    expect(await metric('ezmodel_retries_total{after="credential_refused"}')).toBe('1');
    const rejected = 'ezmodel_circuit_rejections_total';
    expect(Number(await metric(`${rejected}{channel="first",reason="credential_refused"}`))).toBe(3);
  });

  test('the live state is for processes on this machine only, and holds no secret', async () => {
    const here = await call(`${gateway.url}/healthz/channels`);
    expect(here.status).toBe(200);
    expect(here.body.toString()).not.toContain(first.apiKey);
    const proxied = await call(`${gateway.url}/healthz/channels`, { headers: { 'x-forwarded-for': '192.0.2.1' } });
    expect(proxied.status).toBe(404);
  });
});
