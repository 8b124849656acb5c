import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { isJsonObject, type Json } from '../../src/core/json.ts';
import { ask, setUp } from '../support/administrator.ts';
import { textStream, wholeMessage } from '../support/anthropic-stream.ts';
import { FakeUpstream } from '../support/fake-upstream.ts';
import { channelConfig, type Gateway, startGateway } from '../support/gateway.ts';
import { waitFor } from '../support/wait.ts';

const MODEL = 'claude-opus-5';
const MARK = 'prompt-marker-4711';
const SECRET = 'sk-0123456789abcdef';
const ASK = { model: MODEL, max_tokens: 64, messages: [{ role: 'user', content: `${MARK} with ${SECRET} in it` }] };
const ANSWER = { model: MODEL, content: [{ type: 'text', text: 'An answer' }], usage: { input: 30, output: 12 } };
const KEPT = `payloads:
  - project: default
    keep: 1h
    max_size: 64KB
    redact:
      - pattern: 'sk-[a-z0-9]+'
      - literal: confidential
`;

let upstream: FakeUpstream;
let gateway: Gateway;

async function start(more: string): Promise<void> {
  upstream = await FakeUpstream.start();
  upstream.fallback = (reply) => reply.json(200, wholeMessage(ANSWER));
  gateway = await startGateway({ config: channelConfig({ url: upstream.url, apiKey: upstream.apiKey, more }) });
}

afterEach(async () => {
  await gateway?.dispose();
  await upstream?.stop();
});

/** Waits until so many payloads have been kept. */
const kept = (count: number) =>
  waitFor('payloads to be kept', async () =>
    (await gateway.send('/metrics')).text.includes(`ezmodel_payloads_kept_total ${count}`),
  );

async function show(id: string): Promise<{ text: string; [field: string]: unknown }> {
  const { stdout, stderr } = await gateway.command('bodies', 'show', id, '--json');
  expect(stderr).toBe('');
  const document: Json = JSON.parse(stdout);
  return { text: stdout, ...(isJsonObject(document) ? document : {}) };
}

/** Everything that lies in the data directory. */
function onDisk(): string {
  return readdirSync(gateway.dataDirectory)
    .map((name) => readFileSync(join(gateway.dataDirectory, name), 'latin1'))
    .join('\n');
}

describe('payload logging', () => {
  test('is off unless a project or key is named: nothing of a request or answer is on the disk', async () => {
    await start('retention: { rows: { days: 30 } }\n');
    expect((await gateway.messages(ASK)).status).toBe(200);
    await gateway.stop();
    expect(onDisk()).not.toContain(MARK);
    expect((await gateway.command('bodies', 'list', '--json')).stdout.trim()).toBe('[]');
    const held: Json = JSON.parse((await gateway.command('retention', 'show', '--json')).stdout);
    expect(held).toMatchObject([
      { kind: 'bodies', count: 0, limit: {} },
      { kind: 'rows', count: 1, limit: { days: 30 } },
      { kind: 'rollups', count: 1, limit: {} },
    ]);
    const run = await gateway.command('retention', 'run');
    expect(run.stdout).toBe('Deleted: 0 payloads, 0 exchanges, 0 hours of roll-ups\n');
  });

  test('keeps request and answer sealed, without what is to be redacted, until they are deleted', async () => {
    await start(KEPT);
    const answer = await gateway.messages(ASK);
    const id = answer.headers['request-id'] ?? '';
    await kept(1);
    const { text, ...document } = await show(id);
    expect(text).toContain(MARK);
    expect(text).not.toContain(SECRET);
    expect(document).toMatchObject({
      version: 1,
      request: { truncated: false },
      attempts: [{ attempt: 1, sent: 'request', status: 200, answer: { truncated: false } }],
      status: 200,
      error: null,
    });
    expect(text).toContain(`${MARK} with [redacted] in it`);

    await gateway.stop();
    expect(onDisk()).not.toContain(MARK);
    expect(onDisk()).not.toContain('An answer');
    expect((await gateway.command('bodies', 'delete', id)).stdout).toContain('1 payload deleted');
    expect((await gateway.command('bodies', 'show', id)).stderr).toContain('nothing is kept of');
  });

  test('sealing keys are rotated while the server runs; a key that is needed is not forgotten', async () => {
    await start(KEPT);
    const first = (await gateway.messages(ASK)).headers['request-id'] ?? '';
    await kept(1);
    const rotated = await gateway.command('secrets', 'rotate');
    expect(rotated.stdout + rotated.stderr).toContain('1 sealed value now needs it alone');
    const keys: Json = JSON.parse((await gateway.command('secrets', 'list', '--json')).stdout);
    expect(keys).toMatchObject([
      { values: 1, here: true, seals: true },
      { values: 0, here: true, seals: false },
    ]);
    const [inUse, old] = Array.isArray(keys) ? keys.map((each) => (isJsonObject(each) ? `${each['id']}` : '')) : [];
    expect((await gateway.command('secrets', 'forget', inUse ?? '')).stderr).toContain('still need key');
    expect((await gateway.command('secrets', 'forget', old ?? '')).code).toBe(0);
    // What the running server seals from here on needs the new key.
    const second = (await gateway.messages(ASK)).headers['request-id'] ?? '';
    await kept(2);
    expect((await show(first)).text).toContain(MARK);
    expect((await show(second)).text).toContain(MARK);
  });

  test('keeps streams event by event with their times, both sides of a conversion, and each attempt', async () => {
    await start(KEPT);
    upstream.next(
      (reply) => reply.error(529, 'overloaded_error', 'full'),
      (reply) => reply.stream(textStream(ANSWER, ['it is conf', 'idential ', 'indeed'])),
    );
    const body = { model: MODEL, stream: true, messages: [{ role: 'user', content: MARK }] };
    const answer = await gateway.send('/v1/chat/completions', { method: 'POST', body });
    expect(answer.status).toBe(200);
    const id = answer.headers['x-request-id'] ?? answer.headers['request-id'] ?? '';
    await kept(1);
    const document = await show(id);
    expect(document).toMatchObject({
      attempts: [
        { attempt: 1, status: 529 },
        { attempt: 2, status: 200 },
      ],
      answered: { truncated: false },
    });
    expect(document.text).not.toMatch(/conf|idential/);
    expect(document.text).toContain('[redacted]');
    expect(document.text).toContain('message_start');
    expect(document.text).toContain('chat.completion.chunk');
  });

  test('cuts off what is longer than may be kept; administrators read and delete it over the admin API, which is written down', async () => {
    await start(KEPT.replace('64KB', '100B'));
    const answer = await gateway.messages(ASK);
    await kept(1);
    const document = await show(answer.headers['request-id'] ?? '');
    expect(document).toMatchObject({ request: { truncated: true, bytes: JSON.stringify(ASK).length } });

    const owner = await setUp(gateway);
    const path = `/exchanges/${answer.headers['request-id']}/payload`;
    const read = await ask(gateway, owner, 'GET', path);
    expect(read.json()).toMatchObject({
      key_id: gateway.keyId,
      request: { truncated: true },
      attempts: [{ sent: null }],
    });
    expect((await ask(gateway, owner, 'DELETE', path)).json()).toEqual({ deleted: 1 });
    expect((await ask(gateway, owner, 'GET', path)).status).toBe(404);
    expect((await ask(gateway, owner, 'DELETE', `/payloads?key_id=${gateway.keyId}`)).json()).toEqual({ deleted: 0 });
    const audit = await ask(gateway, owner, 'GET', '/audit');
    expect(audit.text).toContain('payloads.read');
    expect(audit.text).not.toContain(MARK);
  });
});
