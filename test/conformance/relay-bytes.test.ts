import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { isJsonObject } from '../../src/core/json.ts';
import { textStream, wholeMessage } from '../support/anthropic-stream.ts';
import { FakeUpstream, type Script } from '../support/fake-upstream.ts';
import { requestFixtures, responseFixtures, streamFixtures } from '../support/fixtures.ts';
import { channelConfig, type Gateway, startGateway } from '../support/gateway.ts';
import { byteByByte, randomCuts } from '../support/rechunk.ts';

const UPSTREAM_MODEL = 'claude-sonnet-5-5';
const requests = requestFixtures();
const streams = streamFixtures();
const responses = responseFixtures();

let upstream: FakeUpstream;
let gateway: Gateway;
let renaming: Gateway;

/** Answers in the manner that the request asks for. */
const obliging: Script = (reply) => {
  const parts = { model: String(reply.call.json?.['model']), usage: { input: 3, output: 2 } };
  if (reply.call.json?.['stream'] === true) return reply.stream(textStream(parts, ['ok']));
  return reply.json(200, wholeMessage(parts));
};

beforeAll(async () => {
  upstream = await FakeUpstream.start();
  const to = { url: upstream.url, apiKey: upstream.apiKey };
  [gateway, renaming] = await Promise.all([
    startGateway({ config: channelConfig(to) }),
    startGateway({ config: channelConfig({ ...to, models: { '*': UPSTREAM_MODEL } }) }),
  ]);
});

beforeEach(() => {
  upstream.reset();
  upstream.fallback = obliging;
});

afterAll(async () => {
  await Promise.all([gateway?.dispose(), renaming?.dispose()]);
  await upstream?.stop();
});

test('there are as many fixtures as the relay law is to be shown on', () => {
  expect(requests.length).toBeGreaterThanOrEqual(60);
  expect(streams.length).toBeGreaterThanOrEqual(40);
});

describe('a request reaches the upstream', () => {
  test.each(requests)('C9 byte for byte: $name', async ({ bytes }) => {
    const answer = await gateway.messages(bytes);
    expect(answer.text).toContain('ok');
    expect(answer.status).toBe(200);
    expect(upstream.onlyCall().body.equals(bytes)).toBe(true);
  });

  test.each(requests)('C9 byte for byte with ?beta=true and chunked: $name', async ({ bytes }) => {
    const headers = { 'transfer-encoding': 'chunked' };
    const answer = await gateway.send('/v1/messages?beta=true', { method: 'POST', body: bytes, headers });
    expect(answer.status).toBe(200);
    expect(upstream.onlyCall().body.equals(bytes)).toBe(true);
  });

  test.each(requests)('C9 with only the model changed where a channel renames it: $name', async ({ bytes }) => {
    const answer = await renaming.messages(bytes);
    expect(answer.status).toBe(200);
    const { body } = upstream.onlyCall();
    expect(JSON.parse(body.toString())).toEqual({ ...parsed(bytes), model: UPSTREAM_MODEL });
    expect(differsByOneString(bytes, body, UPSTREAM_MODEL)).toBe(true);
  });

  test('count_tokens goes byte for byte too, and its answer comes back so', async () => {
    const body = Buffer.from(
      '{ "model":"claude-opus-5", "messages":[{"role":"user","content":"n\\u00e9 1.0"}],"x":1.0 }',
    );
    const counted = '{ "input_tokens" : 12, "context_management":{"original_input_tokens":2095} }';
    upstream.next((reply) => reply.whole(200, counted));
    const answer = await gateway.send('/v1/messages/count_tokens?beta=true', { method: 'POST', body });
    expect(answer.text).toBe(counted);
    expect(upstream.onlyCall().target.split('?')[0]).toBe('/v1/messages/count_tokens');
    expect(upstream.onlyCall().body.equals(body)).toBe(true);
  });

  test.each(['2023-06-01', '2026-10-21'])('version %s and every beta go on unchanged', async (version) => {
    const beta = 'claude-code-20250219,  never-heard-of-2031-01-01,advanced-tool-use-2025-11-20';
    await gateway.messages(requests[0]?.bytes ?? '', { 'anthropic-version': version, 'anthropic-beta': beta });
    expect(upstream.onlyCall().header('anthropic-version')).toBe(version);
    expect(upstream.onlyCall().header('anthropic-beta')).toBe(beta);
  });

  test("nothing of the client's own key or connection goes along", async () => {
    await gateway.messages(requests[0]?.bytes ?? '', {
      'x-stainless-lang': 'js',
      cookie: 'a=b',
      'x-forwarded-for': '1.2.3.4',
    });
    const head = upstream.onlyCall().head.toString('latin1').toLowerCase();
    expect(head).not.toContain(gateway.key.toLowerCase());
    for (const name of ['cookie:', 'x-forwarded-for:', 'authorization:']) expect(head).not.toContain(`\n${name}`);
  });
});

describe('a stream reaches the client', () => {
  test.each(streams)('byte for byte: $name', async ({ bytes }) => {
    upstream.next((reply) => reply.stream([bytes]));
    const answer = await (await gateway.stream(ask(UPSTREAM_MODEL))).whole();
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toMatch(/^text\/event-stream/);
    expect(answer.body.toString()).toBe(bytes.toString());
    expect(answer.body.equals(bytes)).toBe(true);
  });

  test.each(streams)('byte for byte however it was cut: $name', async ({ bytes }) => {
    const cuts = bytes.length < 2_500 ? byteByByte(bytes) : randomCuts(bytes, bytes.length);
    upstream.next((reply) => reply.stream(cuts));
    const answer = await (await gateway.stream(ask(UPSTREAM_MODEL))).whole();
    expect(answer.body.equals(bytes)).toBe(true);
  });

  test.each(streams)('with only the model put back where a channel renames it: $name', async ({ bytes }) => {
    upstream.next((reply) => reply.stream(randomCuts(bytes, 7)));
    const answer = await (await renaming.stream(ask('my-own-name'))).whole();
    expect(answer.text).toBe(modelPutBack(bytes.toString(), 'my-own-name'));
  });
});

describe('a whole answer reaches the client', () => {
  test.each(responses)('byte for byte: $name', async ({ bytes }) => {
    upstream.next((reply) => reply.whole(200, bytes));
    const answer = await gateway.messages(ask(UPSTREAM_MODEL));
    expect(answer.status).toBe(200);
    expect(answer.body.equals(bytes)).toBe(true);
  });

  test.each(responses)('with only the model put back where a channel renames it: $name', async ({ bytes }) => {
    upstream.next((reply) => reply.whole(200, bytes));
    const answer = await renaming.messages(ask('my-own-name'));
    expect(answer.text).toBe(modelPutBack(bytes.toString(), 'my-own-name'));
  });
});

describe('an error of the upstream reaches the client', () => {
  const details = '"details":{"error_code":"thread_unsupported_request","unsupported":["thread"],"n":1.0}';
  const errors = [
    [400, 'invalid_request_error', 'prompt is too long: 210000 tokens > 200000 maximum'],
    [400, 'invalid_request_error', 'safeguards: Extra inputs are not permitted'],
    [404, 'not_found_error', 'model: claude-nowhere'],
    [413, 'request_too_large', 'Request exceeds the maximum size'],
    [422, 'invalid_request_error', 'thread_unsupported_request'],
    [429, 'rate_limit_error', 'This request would exceed your rate limit'],
    [529, 'overloaded_error', 'Overloaded'],
  ] as const;

  test.each(errors)(
    '%i %s with body and details as they were, but our request id: %s',
    async (status, type, message) => {
      const body = `{ "type":"error", "error":{"type":"${type}","message":"${message}",${details}}, "request_id":"req_theirs" }`;
      upstream.fallback = (reply) => reply.whole(status, body, { 'request-id': 'req_theirs' });
      const answer = await gateway.messages(ask(UPSTREAM_MODEL));
      expect(answer.status).toBe(status);
      const ours = answer.headers['request-id'] ?? '';
      expect(ours).toMatch(/^req_/);
      expect(ours).not.toBe('req_theirs');
      expect(answer.text).toBe(body.replace('req_theirs', ours));
    },
  );

  test('which carried no request id gets ours added, and stays as it was else', async () => {
    const error = { type: 'invalid_request_error', message: 'no', details: { error_code: 'tool_name_conflict' } };
    upstream.next((reply) => reply.json(400, { type: 'error', error }));
    const answer = await gateway.messages(ask(UPSTREAM_MODEL));
    expect(answer.json()).toEqual({ type: 'error', error, request_id: answer.headers['request-id'] });
  });

  test('and of a stream that has not begun it is a plain answer too', async () => {
    upstream.next((reply) => reply.error(400, 'invalid_request_error', 'thinking: no'));
    const answer = await (await gateway.stream(ask(UPSTREAM_MODEL))).whole();
    expect(answer.status).toBe(400);
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
    expect(answer.text).toContain('thinking: no');
  });

  test("nothing of the upstream's identity comes along", async () => {
    const theirs = {
      'request-id': 'req_theirs',
      'anthropic-organization-id': 'org_theirs',
      'anthropic-ratelimit-requests-limit': '50',
      'cf-ray': '8f',
      via: '1.1 theirs',
      'set-cookie': 'a=b',
      server: 'theirs',
    };
    upstream.next((reply) => reply.json(200, wholeMessage({ model: 'm', usage: { input: 1, output: 1 } }), theirs));
    const { headers } = await gateway.messages(ask(UPSTREAM_MODEL));
    expect(Object.values(headers).join('\n')).not.toContain('theirs');
    for (const name of ['anthropic-organization-id', 'anthropic-ratelimit-requests-limit', 'cf-ray', 'set-cookie']) {
      expect(headers[name]).toBeUndefined();
    }
  });
});

function ask(model: string) {
  return { model, max_tokens: 64, messages: [{ role: 'user', content: 'hi' }] };
}

function parsed(bytes: Buffer): object {
  const value: unknown = JSON.parse(bytes.toString());
  if (!isJsonObject(value)) throw new Error('a request fixture is a JSON object');
  return value;
}

/** True when `received` is `sent` with one JSON string replaced, and nothing else touched. */
function differsByOneString(sent: Buffer, received: Buffer, replacement: string): boolean {
  const inserted = Buffer.from(JSON.stringify(replacement));
  for (let at = received.indexOf(inserted); at !== -1; at = received.indexOf(inserted, at + 1)) {
    const suffix = received.subarray(at + inserted.length);
    const replaced = sent.subarray(at, sent.length - suffix.length);
    const sameAround =
      sent.subarray(0, at).equals(received.subarray(0, at)) &&
      sent.subarray(sent.length - suffix.length).equals(suffix);
    if (sameAround && /^"([^"\\]|\\.)*"$/.test(replaced.toString())) return true;
  }
  return false;
}

/** The first model name of an answer replaced: that of the message itself. */
function modelPutBack(text: string, model: string): string {
  return text.replace(/("model" ?: ?)"claude(-|\\u002d)sonnet-5-5"/, `$1"${model}"`);
}
