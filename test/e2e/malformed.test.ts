import { afterAll, beforeAll, expect, test } from 'vitest';
import { call } from '../support/call.ts';
import { openAiShapeFaults, shapeFaults } from '../support/error-shape.ts';
import { FakeUpstream } from '../support/fake-upstream.ts';
import { channelConfig, type Gateway, SIMULATOR_CONFIG, startGateway } from '../support/gateway.ts';
import { type MalformedRequest, malformedRequests } from '../support/malformed.ts';
import { malformedOpenAiRequests } from '../support/openai-malformed.ts';

const corpus = malformedRequests();
const OPENAI_PATH = /^\/v1\/(?:chat|responses)/;
const openAiCorpus = malformedOpenAiRequests();
let upstream: FakeUpstream;
let relaying: Gateway;
let simulated: Gateway;

beforeAll(async () => {
  upstream = await FakeUpstream.start();
  [relaying, simulated] = await Promise.all([
    startGateway({ config: channelConfig({ url: upstream.url, apiKey: upstream.apiKey }) }),
    startGateway({ config: SIMULATOR_CONFIG }),
  ]);
});

afterAll(async () => {
  await Promise.all([relaying?.dispose(), simulated?.dispose()]);
  await upstream?.stop();
});

test('C13 G13 two thousand malformed requests are each a 4xx in shape, and none reaches the upstream', async () => {
  expect(corpus.length).toBeGreaterThanOrEqual(2_000);
  expect(await faultsOf(relaying, corpus)).toEqual([]);
  expect(upstream.calls.map((seen) => seen.body.toString().slice(0, 200))).toEqual([]);
  expect((await relaying.usage()).totals['cost_nano_usd']).toBe(0);
  expect((await call(`${relaying.url}/healthz`)).status).toBe(200);
});

test('C13 and so they are where the simulator would answer', async () => {
  expect(await faultsOf(simulated, corpus)).toEqual([]);
});

test('C13 G13 two thousand malformed requests for each of the OpenAI surfaces too, in their shape', async () => {
  for (const path of ['/v1/chat/completions', '/v1/responses']) {
    const requests = openAiCorpus.filter((malformed) => malformed.path === path);
    expect(requests.length).toBeGreaterThanOrEqual(2_000);
    expect(await faultsOf(relaying, requests)).toEqual([]);
    expect(await faultsOf(simulated, requests)).toEqual([]);
  }
  expect(upstream.calls).toEqual([]);
});

/** What is wrong with the answers to these requests, as `name: fault`; sent a few at a time. */
async function faultsOf(gateway: Gateway, requests: readonly MalformedRequest[]): Promise<string[]> {
  const faults: string[] = [];
  const waiting = [...requests];
  const sendAll = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) faults.push(...(await faultsOfOne(gateway, next)));
  };
  await Promise.all(Array.from({ length: 8 }, sendAll));
  return faults;
}

async function faultsOfOne(gateway: Gateway, malformed: MalformedRequest): Promise<string[]> {
  const all = gateway.headers(malformed.headers);
  const headers = Object.fromEntries(Object.entries(all).filter(([name]) => !malformed.without.includes(name)));
  const answer = await call(`${gateway.url}${malformed.path}`, { method: 'POST', headers, body: malformed.body });
  const faults = OPENAI_PATH.test(malformed.path) ? openAiShapeFaults(answer) : shapeFaults(answer);
  if (answer.status < 400 || answer.status > 499) faults.push(`status ${answer.status}`);
  return faults.map((fault) => `${malformed.name}: ${fault}`);
}
