import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { DialectId } from '../../src/core/dialect.ts';
import { isJsonObject, type JsonObject, objectAt, stringAt } from '../../src/core/json.ts';
import type { Endpoint } from '../../src/core/provider.ts';
import { PROVIDERS } from '../../src/providers/index.ts';
import { type Answer, call } from '../support/call.ts';
import type { FakeUpstream } from '../support/fake-upstream.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import {
  casesOf,
  dialectsOf,
  type ProviderCase,
  providersConfig,
  publicName,
  RELAYED_CLIENT,
  startProviders,
} from '../support/provider-upstream.ts';
import { objectsIn } from '../support/scripted-model/messages.ts';

const CASES = PROVIDERS.filter(({ id, transport }) => transport === 'http' && id !== 'anthropic').flatMap(casesOf);
/** Without the sets of quirks that only some models have. */
const ROWS = CASES.filter(({ name, provider }) => name === provider.id);

const FOLDER = join(import.meta.dirname, '../fixtures/client-requests');

/** What coding agents send, as recorded (`clients.md`). */
const AGENTS = readdirSync(FOLDER).flatMap((file) => {
  const recorded: unknown = JSON.parse(readFileSync(join(FOLDER, file), 'utf8'));
  const body = isJsonObject(recorded) ? objectAt(recorded, 'body') : undefined;
  const path = isJsonObject(recorded) ? (stringAt(recorded, 'path') ?? '') : '';
  return body && !path.includes('count_tokens') ? [{ name: file.replace('.json', ''), path, body }] : [];
});

let upstream: FakeUpstream;
let gateway: Gateway;

beforeAll(async () => {
  upstream = await startProviders(CASES);
  gateway = await startGateway({ config: providersConfig(CASES, upstream) });
});

beforeEach(() => upstream.reset());

afterAll(async () => {
  await gateway?.dispose();
  await upstream?.stop();
});

/** Sends a request with the headers of a client of that API. */
function post(path: string, body: JsonObject): Promise<Answer> {
  const isMessages = path.startsWith('/v1/messages');
  const credential: Record<string, string> = isMessages
    ? { 'x-api-key': gateway.key, 'anthropic-version': '2023-06-01' }
    : { authorization: `Bearer ${gateway.key}` };
  const headers = { ...credential, 'content-type': 'application/json', 'user-agent': RELAYED_CLIENT };
  return call(`${gateway.url}${path}`, { method: 'POST', headers, body });
}

/** How a client of each API asks a short question, and where the text of the answer is. */
const CLIENTS: Record<DialectId, { path: string; ask(text: string): JsonObject; text(answer: JsonObject): unknown }> = {
  'anthropic-messages': {
    path: '/v1/messages',
    ask: (content) => ({ max_tokens: 1024, messages: [{ role: 'user', content }] }),
    text: ({ content }) => objectsIn(content).at(-1)?.['text'],
  },
  'openai-chat': {
    path: '/v1/chat/completions',
    ask: (content) => ({ messages: [{ role: 'user', content }] }),
    text: ({ choices }) => objectAt(objectsIn(choices)[0] ?? {}, 'message')?.['content'],
  },
  'openai-responses': {
    path: '/v1/responses',
    ask: (input) => ({ input }),
    text: ({ output }) => objectsIn(objectsIn(output).at(-1)?.['content'])[0]?.['text'],
  },
};

const DIALECTS: readonly DialectId[] = ['anthropic-messages', 'openai-chat', 'openai-responses'];

/** What serves a client of a row as it is: its own API, else the first. */
function endpointOf(row: ProviderCase, client: DialectId): Endpoint | undefined {
  const { endpoints } = row.provider;
  const first = dialectsOf(row)[0];
  return endpoints[client] ?? (first && endpoints[first]);
}

const expectedTarget = (row: ProviderCase, client: DialectId) => `/${row.name}${endpointOf(row, client)?.generatePath}`;

const QUESTIONS = ROWS.flatMap((row) => DIALECTS.map((client) => ({ row, client, title: `${row.name} by ${client}` })));

describe('a row as it is', () => {
  test.each(QUESTIONS)('$title: its own path and key, the same API where it is served', async ({ row, client }) => {
    const { path, ask, text } = CLIENTS[client];
    const answer = await post(path, { model: publicName(row, 'own'), ...ask('Hello') });
    expect(upstream.calls.map(({ target, refusal }) => [target, refusal])).toEqual([
      [expectedTarget(row, client), undefined],
    ]);
    expect([answer.status, text(answer.json())]).toEqual([200, 'You said: Hello']);
  });

  test.each(QUESTIONS)('$title: a stream', async ({ row, client }) => {
    const { path, ask } = CLIENTS[client];
    const answer = await post(path, { model: publicName(row, 'own'), stream: true, ...ask('Hello') });
    expect(upstream.onlyCall().refusal).toBeUndefined();
    expect([answer.status, answer.headers['content-type']]).toEqual([200, expect.stringContaining('event-stream')]);
    expect(answer.text).toMatch(/You said/);
    expect(answer.text).not.toContain('"error":{');
  });
});

describe('P114: tokens are counted', () => {
  test.each(ROWS)('$name', async (row) => {
    const body = { model: publicName(row, 'own'), messages: [{ role: 'user', content: 'Hello' }] };
    upstream.next((reply) => reply.json(200, { input_tokens: 7 }));
    const answer = await post('/v1/messages/count_tokens', body);
    expect([answer.status, answer.json()['input_tokens']]).toEqual([200, expect.any(Number)]);
    const { countTokensPath } = endpointOf(row, 'anthropic-messages') ?? {};
    expect(upstream.calls.map(({ target }) => target)).toEqual(
      countTokensPath === undefined ? [] : [`/${row.name}${countTokensPath}`],
    );
  });
});

const TOOL_BODIES: Record<DialectId, JsonObject> = {
  'anthropic-messages': { tools: [{ name: 'get_weather', input_schema: { type: 'object' } }] },
  'openai-chat': { tools: [{ type: 'function', function: { name: 'get_weather', parameters: { type: 'object' } } }] },
  'openai-responses': { tools: [{ type: 'function', name: 'get_weather', parameters: { type: 'object' } }] },
};

const MESSAGES_DOORS = ROWS.filter(({ provider }) => provider.endpoints['anthropic-messages']).flatMap((row) =>
  DIALECTS.filter((client) => client !== 'anthropic-messages').map((client) => ({
    row,
    client,
    title: `${row.name} by ${client}`,
  })),
);

describe('a Messages API of a vendor, for clients of the others', () => {
  test.each(MESSAGES_DOORS)('$title', async ({ row, client }) => {
    const { path, ask, text } = CLIENTS[client];
    const model = publicName(row, 'anthropic-messages');
    const answer = await post(path, { model, ...ask('Hello'), ...TOOL_BODIES[client] });
    const { target, refusal } = upstream.onlyCall();
    expect([target, refusal]).toEqual([expectedTarget(row, 'anthropic-messages'), undefined]);
    expect([answer.status, text(answer.json())]).toEqual([200, 'You said: Hello']);
  });
});

/** Requests that a target cannot serve are refused before any call, saying why. */
const REFUSALS =
  /"message":"(?:tools|output_config\.format|response_format|text\.format)\b[^"]*(?:not supported|no tools)/;

function expectServedOrRefused(answer: Answer, body: JsonObject, { quirks }: ProviderCase): void {
  expect(upstream.calls.flatMap(({ refusal }) => refusal ?? [])).toEqual([]);
  if (answer.status === 200) {
    expect(upstream.calls).toHaveLength(1);
    return;
  }
  expect([answer.status, answer.text]).toEqual([400, expect.stringMatching(REFUSALS)]);
  expect(upstream.calls).toEqual([]);
  const isSearch = objectsIn(body['tools']).some(({ type }) => `${type}`.startsWith('web_search'));
  expect(isSearch || !(quirks.tools && quirks.jsonSchema && quirks.jsonObject)).toBe(true);
}

describe.each(AGENTS)('what coding agents send: $name', ({ path, body }) => {
  test.each(CASES)('to $name by Chat, and as it is', async (each) => {
    const doors = [...(each.provider.endpoints['openai-chat'] ? (['openai-chat'] as const) : []), 'own' as const];
    for (const door of doors) {
      upstream.reset();
      expectServedOrRefused(await post(path, { ...body, model: publicName(each, door) }), body, each);
    }
  });
});
