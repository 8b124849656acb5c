import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { isJsonObject } from '../../src/core/json.ts';
import { wholeMessage } from '../support/anthropic-stream.ts';
import { FakeUpstream } from '../support/fake-upstream.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

const MODEL = 'claude-opus-5';

let first: FakeUpstream;
let second: FakeUpstream;
let gateway: Gateway;

beforeAll(async () => {
  [first, second] = await Promise.all([FakeUpstream.start(), FakeUpstream.start()]);
  const channel = (name: string, upstream: FakeUpstream, priority: number) => ({
    name,
    provider: 'anthropic',
    base_url: upstream.url,
    api_key: upstream.apiKey,
    models: [MODEL],
    priority,
  });
  const channels = [channel('first', first, 0), channel('second', second, 1)];
  gateway = await startGateway({ config: JSON.stringify({ channels }) });
});

beforeEach(() => {
  first.reset();
  second.reset();
});

afterAll(async () => {
  await gateway?.dispose();
  await Promise.all([first?.stop(), second?.stop()]);
});

const BODY = { model: MODEL, max_tokens: 10, messages: [{ role: 'user', content: 'hi' }] };

async function exchangeOf(requestId: string): Promise<{ text: string; report: Record<string, unknown> }> {
  const text = await gateway.command('exchange', requestId);
  const json = await gateway.command('exchange', requestId, '--json');
  const report: unknown = JSON.parse(json.stdout);
  if (!isJsonObject(report)) throw new Error('no report');
  return { text: text.stdout, report };
}

describe('ezmodel exchange', () => {
  test('shows every attempt, why it was made, and what it cost', async () => {
    first.next((reply) => reply.error(529, 'overloaded_error', 'Overloaded'));
    second.next((reply) => reply.json(200, wholeMessage({ model: MODEL, usage: { input: 21, output: 9 } })));
    const answer = await gateway.send('/v1/messages', { body: BODY });
    expect(answer.status).toBe(200);
    expect(answer.headers['x-ezmodel-route']).toBe('first=overloaded, second');
    const { text, report } = await exchangeOf(answer.headers['request-id'] ?? '');
    expect(report).toMatchObject({ status: 'ok', http_status: 200, model: MODEL, stream: false, losses: [] });
    expect(report['attempts']).toMatchObject([
      {
        attempt: 1,
        channel: 'first',
        status: 'error',
        http_status: 529,
        error_kind: 'overloaded',
        input: 0,
        output: 0,
      },
      { attempt: 2, channel: 'second', status: 'ok', http_status: 200, error_kind: null, input: 21, output: 9 },
    ]);
    const [failed, served] = Array.isArray(report['attempts']) ? report['attempts'].filter(isJsonObject) : [];
    expect(failed?.['reason']).toBeTypeOf('string');
    expect(`${served?.['reason']}`).toContain('overloaded');
    const steps = ['sent_after', 'headers_after', 'first_event_after', 'ended_after'].map((step) => served?.[step]);
    expect(steps).toEqual([...steps].sort((one, other) => Number(one) - Number(other)));
    expect(served?.['answer_bytes']).toBeGreaterThan(100);
    expect(text).toContain('second');
    for (const attempt of [failed, served]) {
      expect(Number.isInteger(attempt?.['waited_ms']) && Number.isInteger(attempt?.['connect_ms'])).toBe(true);
    }
  });

  test('tells how long an attempt waited for its turn, and what its connection took where one was made', async () => {
    for (const upstream of [first, second]) {
      upstream.next((reply) => reply.error(529, 'overloaded_error', 'Overloaded', { 'retry-after': '1' }));
    }
    second.next((reply) => reply.json(200, wholeMessage({ model: MODEL, usage: { input: 1, output: 1 } })));
    const answer = await gateway.send('/v1/messages', { body: BODY });
    expect(answer.status).toBe(200);
    const { report } = await exchangeOf(answer.headers['request-id'] ?? '');
    const attempts = Array.isArray(report['attempts']) ? report['attempts'].filter(isJsonObject) : [];
    const [one, two, three] = attempts.map(({ waited_ms: waited, connect_ms: connect }) => ({ waited, connect }));
    // Connections are there from the requests before.
    expect([one, two].map((each) => each?.connect)).toEqual([null, null]);
    expect(Number(one?.waited) + Number(two?.waited)).toBeLessThan(1_000);
    expect(Number(three?.waited)).toBeGreaterThanOrEqual(1_000);
  });

  test('a relayed request that worked at once names its one channel, in a stream too', async () => {
    first.next((reply) => reply.json(200, wholeMessage({ model: MODEL, usage: { input: 1, output: 1 } })));
    const answer = await gateway.send('/v1/messages', { body: { ...BODY, stream: true } });
    expect(answer.headers['x-ezmodel-route']).toBe('first');
    expect(answer.headers['x-ezmodel-losses']).toBeUndefined();
  });

  test('an id that is in no book is told so', async () => {
    const result = await gateway.command('exchange', 'req_nobody');
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('req_nobody');
  });
});
