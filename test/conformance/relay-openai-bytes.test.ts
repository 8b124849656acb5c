import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { type Answer, call } from '../support/call.ts';
import { FakeUpstream, type Script, type UpstreamRules } from '../support/fake-upstream.ts';
import { chatStreamFixtures, type Fixture, responsesStreamFixtures } from '../support/fixtures.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { randomCuts } from '../support/rechunk.ts';
import { scriptedModel } from '../support/scripted-model/index.ts';

/** Takes anything: what relay passes on is the client's own affair. */
const ANYTHING: UpstreamRules = {
  refusalOf: () => undefined,
  errorBody: (type, message) => ({ error: { message, type, param: null, code: null } }),
};

/** Streams that end with an error, which is told in words of our own before any content has gone out. */
const FAILING = /error|failed|cancelled|sensitive/;

const CHAT = '/v1/chat/completions';
const RESPONSES = '/v1/responses';
const TARGET = 'upstream-model';

let upstream: FakeUpstream;
let gateway: Gateway;

beforeAll(async () => {
  upstream = await FakeUpstream.start('sk-relay', ANYTHING);
  const channel = {
    provider: 'openai-compatible',
    base_url: upstream.url,
    api_key: upstream.apiKey,
    endpoints: {
      'openai-chat': CHAT,
      'openai-responses': { generate: RESPONSES, count_tokens: `${RESPONSES}/input_tokens` },
    },
  };
  const channels = [
    { ...channel, name: 'same', models: ['upstream-*', 'gpt-*', 'anything'] },
    { ...channel, name: 'renaming', models: { 'my-own-name': TARGET } },
    { ...channel, name: 'usage-less', quirks: { stream_options: false }, models: ['no-options'] },
  ];
  gateway = await startGateway({ config: JSON.stringify({ channels, routing: { tries_per_target: 1 } }) });
});

beforeEach(() => {
  upstream.reset();
  upstream.fallback = (reply) => scriptedModel(reply.call.target === CHAT ? 'openai-chat' : 'openai-responses')(reply);
});

afterAll(async () => {
  await gateway?.dispose();
  await upstream?.stop();
});

/** As an OpenAI client sends it. */
function post(path: string, body: JsonObject | string, headers: Record<string, string> = {}): Promise<Answer> {
  const all = { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json', ...headers };
  return call(`${gateway.url}${path}`, { method: 'POST', body, headers: all });
}

/** Bodies with everything that a parser and a writer would change: spacing, escapes, numbers, order, unknown fields. */
const BODIES: readonly { path: string; name: string; text: string }[] = [
  {
    path: CHAT,
    name: 'an odd Chat body',
    text: '{ "new_field":{"n":1.0,"big":12345678901234567890},\n "model" : "upstream-model","messages":[{"role":"user","content":"n\\u00e9 \\ud83c\\udf0d"}],"temperature":1.0e0, "n":2,"logprobs":true}',
  },
  {
    path: CHAT,
    name: 'a Chat body with all kinds of turns',
    text: '{"messages":[{"role":"developer","content":"d"},{"role":"user","content":[{"type":"text","text":"t"},{"type":"input_audio","input_audio":{"data":"AA==","format":"wav"}}]},{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"f","arguments":"{\\"a\\": 1.0}"}}]},{"role":"tool","tool_call_id":"call_1","content":"ok"}],"model":"upstream-model","audio":{"voice":"x"}}',
  },
  {
    path: RESPONSES,
    name: 'an odd Responses body',
    text: '{"input":"n\\u00e9","model":"upstream-model", "x":1.0 ,"text":{"verbosity":"low","format":{"type":"text"}}}',
  },
  {
    path: RESPONSES,
    name: 'a Responses body with items of every kind',
    text: '{"model":"upstream-model","store":false,"include":["reasoning.encrypted_content"],"input":[{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"gAAAA"},{"type":"function_call","call_id":"c","name":"f","arguments":"{ }"},{"type":"function_call_output","call_id":"c","output":"1.0"},{"type":"item_of_tomorrow","n":1.0},{"role":"user","content":"go"}]}',
  },
];

describe('a request of OpenAI reaches an upstream of its dialect', () => {
  test.each(BODIES)('C9 byte for byte: $name', async ({ path, text }) => {
    expect((await post(path, text)).status).toBe(200);
    expect(upstream.onlyCall()).toMatchObject({ target: path });
    expect(upstream.onlyCall().body.toString()).toBe(text);
  });

  test.each(BODIES)('C9 with only the model changed where a channel renames it: $name', async ({ path, text }) => {
    const answer = await post(path, text.replace('"upstream-model"', '"my-own-name"'));
    expect(answer.status).toBe(200);
    expect(upstream.onlyCall().body.toString()).toBe(text);
    expect(answer.json()['model']).toBe('my-own-name');
  });

  const CHAT_STREAM = '{"model":"upstream-model","messages":[{"role":"user","content":"x"}],"stream":true}';

  test('usage is asked for where the client has not, and nothing else changes', async () => {
    await post(CHAT, CHAT_STREAM);
    await post(CHAT, CHAT_STREAM.replace('true}', 'true,"stream_options":{ "include_usage":true}}'));
    await post(CHAT, CHAT_STREAM.replace('true}', 'true,"stream_options":{"include_obfuscation":false}}'));
    await post(CHAT, CHAT_STREAM.replace('upstream-model', 'no-options'));
    expect(upstream.calls.map(({ body }) => body.toString())).toEqual([
      CHAT_STREAM.replace('true}', 'true,"stream_options":{"include_usage":true}}'),
      CHAT_STREAM.replace('true}', 'true,"stream_options":{ "include_usage":true}}'),
      CHAT_STREAM.replace('true}', 'true,"stream_options":{"include_obfuscation":false,"include_usage":true}}'),
      CHAT_STREAM.replace('upstream-model', 'no-options'),
    ]);
  });

  test('tokens are counted by the upstream itself', async () => {
    const counted = '{ "object":"response.input_tokens", "input_tokens" : 11, "x":1.0 }';
    upstream.next((reply) => reply.whole(200, counted));
    const body = '{"model":"upstream-model","input":"how many?", "x":1.0}';
    expect((await post('/v1/responses/input_tokens', body)).text).toBe(counted);
    expect(upstream.onlyCall().target).toBe('/v1/responses/input_tokens');
    expect(upstream.onlyCall().body.toString()).toBe(body);
  });
});

describe('a stream of OpenAI reaches the client', () => {
  const streams = [...withPath(CHAT, chatStreamFixtures()), ...withPath(RESPONSES, responsesStreamFixtures())].filter(
    ({ name }) => !FAILING.test(name),
  );

  const ask = (path: string, model: string, more: JsonObject = {}): JsonObject =>
    path === CHAT
      ? {
          model,
          messages: [{ role: 'user', content: 'x' }],
          stream: true,
          stream_options: { include_usage: true },
          ...more,
        }
      : { model, input: 'x', stream: true };

  const play =
    (bytes: Buffer): Script =>
    (reply) =>
      reply.stream(randomCuts(bytes, bytes.length));

  test('there are enough of them', () => expect(streams.length).toBeGreaterThanOrEqual(60));

  test.each(streams)('byte for byte: $path $name', async ({ path, bytes }) => {
    upstream.fallback = play(bytes);
    const answer = await post(path, ask(path, 'anything'));
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toMatch(/^text\/event-stream/);
    expect(answer.text).toBe(bytes.toString());
  });

  test.each(streams)(
    'with only the model put back where a channel renames it: $path $name',
    async ({ path, bytes }) => {
      upstream.fallback = play(bytes);
      const answer = await post(path, ask(path, 'my-own-name'));
      const put = bytes.toString().replace(/("model": ?)"(?:[^"\\]|\\.)*"/g, '$1"my-own-name"');
      expect(answer.text).toBe(put);
    },
  );

  test.each(streams.filter(({ path }) => path === CHAT))(
    'without the chunk of usage where the client has not asked for it: $name',
    async ({ path, bytes }) => {
      upstream.fallback = play(bytes);
      const answer = await post(path, ask(path, 'anything', { stream_options: null }));
      const frames = bytes.toString().split(/(?<=\r?\n\r?\n)/);
      expect(answer.text).toBe(frames.filter((frame) => !isUsageOnly(frame)).join(''));
    },
  );
});

/** A chunk that tells usage and nothing else. */
function isUsageOnly(frame: string): boolean {
  return /"choices": ?\[\]/.test(frame) && /"usage": ?\{/.test(frame);
}

function withPath(path: string, fixtures: readonly Fixture[]) {
  return fixtures.map((fixture) => ({ path, ...fixture }));
}
