import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { isJsonObject, type JsonObject } from '../../src/core/json.ts';
import { textStream } from '../support/anthropic-stream.ts';
import { FakeUpstream } from '../support/fake-upstream.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { gate, waitFor, within } from '../support/wait.ts';

const STREAM = textStream({ model: 'claude-opus-5', usage: { input: 30, output: 12 } }, ['one ', 'two ', 'three ']);
const TO_CONTENT = 3;

let upstream: FakeUpstream;
let gateway: Gateway;

beforeAll(async () => {
  upstream = await FakeUpstream.start();
  const channel = { provider: 'anthropic', base_url: upstream.url, api_key: upstream.apiKey };
  const channels = [
    { name: 'drained', models: ['drained'], quirks: { abort: 'drain' }, ...channel },
    { name: 'cancelled', models: ['cancelled'], ...channel },
  ];
  gateway = await startGateway({
    config: `channels: ${JSON.stringify(channels)}\nserver: { max_concurrent_per_key: 1 }\n`,
  });
});

beforeEach(() => upstream.reset());

afterAll(async () => {
  await gateway?.dispose();
  await upstream?.stop();
});

/** Asks, goes away after the first content, and says how the attempt was settled; the upstream goes on when the gate opens. */
async function abandon(model: string): Promise<{ id: string; goOn: () => void; settled(): Promise<JsonObject> }> {
  const goOn = gate();
  upstream.next(async (reply) => {
    await reply.streamHead();
    for (const event of STREAM.slice(0, TO_CONTENT)) await reply.chunk(event);
    await goOn.promise;
    for (const event of STREAM.slice(TO_CONTENT)) await reply.chunk(event);
    await reply.endChunks();
  });
  const live = await gateway.stream(ask(model));
  await live.until('one ');
  live.abort();
  const id = live.headers['request-id'] ?? '';
  return { id, goOn: goOn.open, settled: () => settledAttempt(id) };
}

test('C1 an upstream that bills on is read on to its usage, and that is charged; the place is free at once', async () => {
  const { goOn, settled } = await abandon('drained');
  // The only place of the key is free before the call has ended.
  upstream.next((reply) => reply.stream(STREAM));
  const next = await waitFor('the place to be free', async () => {
    const answer = await (await gateway.stream(ask('cancelled'))).whole();
    return answer.status === 200 && answer;
  });
  expect(next.text).toContain('three ');
  expect(upstream.calls[0]?.closedAt).toBeUndefined();
  goOn();
  expect(await settled()).toMatchObject({
    status: 'aborted',
    error_kind: 'drained',
    partial: true,
    estimated: false,
    input: 30,
    output: 12,
  });
});

test('C1 any other is cancelled, and charged by what its text suggests', async () => {
  const { settled } = await abandon('cancelled');
  await within('the call to be cancelled', upstream.onlyCall().closed);
  expect(await settled()).toMatchObject({ status: 'aborted', error_kind: 'aborted', partial: true, estimated: true });
});

test('S9 a server that stops reads nothing on', async () => {
  const { id } = await abandon('drained');
  await waitFor('the client to be gone', async () =>
    (await gateway.usage()).rows.some((row) => row['request_id'] === id),
  );
  await gateway.stop();
  expect(upstream.onlyCall().closedBy).toBe('gateway');
  expect(await settledAttempt(id)).toMatchObject({ status: 'aborted', error_kind: 'aborted', estimated: true });
});

function ask(model: string): JsonObject {
  return { model, max_tokens: 64, messages: [{ role: 'user', content: 'hi' }] };
}

async function settledAttempt(id: string): Promise<JsonObject> {
  await gateway.settledRow(id);
  const shown: unknown = JSON.parse((await gateway.command('exchange', id, '--json')).stdout);
  const [attempt]: unknown[] = isJsonObject(shown) && Array.isArray(shown['attempts']) ? shown['attempts'] : [];
  if (!isJsonObject(attempt)) throw new Error(`no attempt of ${id}`);
  return attempt;
}
