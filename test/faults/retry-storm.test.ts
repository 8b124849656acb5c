import { afterAll, beforeAll, expect, test } from 'vitest';
import { call } from '../support/call.ts';
import { FakeUpstream } from '../support/fake-upstream.ts';
import { channelConfig, type Gateway, startGateway } from '../support/gateway.ts';

/** Requests while everything fails, and how many of them are out at one time. */
const REQUESTS = 300;
const AT_ONCE = 30;

let upstream: FakeUpstream;
let gateway: Gateway;

beforeAll(async () => {
  upstream = await FakeUpstream.start();
  gateway = await startGateway({ config: channelConfig({ url: upstream.url, apiKey: upstream.apiKey }) });
});

afterAll(async () => {
  await gateway?.dispose();
  await upstream?.stop();
});

test('S14 G12 an upstream that always fails gets at most 1.10 attempts for each request, and clients are told to wait', async () => {
  upstream.fallback = (reply) => reply.error(529, 'overloaded_error', 'Overloaded');
  const body = { model: 'claude-opus-5', max_tokens: 8, messages: [{ role: 'user', content: 'hi' }] };
  const statuses: number[] = [];
  const left = Array.from({ length: REQUESTS }).values();
  const worker = async () => {
    for (const _ of left) statuses.push((await gateway.messages(body)).status);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  expect(new Set(statuses)).toEqual(new Set([529]));
  expect(upstream.calls.length).toBeGreaterThan(REQUESTS);
  expect(upstream.calls.length).toBeLessThanOrEqual(REQUESTS * 1.1);
  const { text } = await call(`${gateway.url}/metrics`);
  const retried = /^ezmodel_retries_total\{after="overloaded"\} (\d+)$/m.exec(text)?.[1];
  expect(Number(retried)).toBe(upstream.calls.length - REQUESTS);
  expect(Number(/^ezmodel_retries_denied_total (\d+)$/m.exec(text)?.[1])).toBeGreaterThan(REQUESTS / 2);
});
