import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { textStream, wholeMessage } from '../support/anthropic-stream.ts';
import { call, openStream, rawCall } from '../support/call.ts';
import { expectError, shapeFaults } from '../support/error-shape.ts';
import { FakeUpstream } from '../support/fake-upstream.ts';
import { channelConfig, type Gateway, startGateway } from '../support/gateway.ts';

const MEGABYTE = 1024 * 1024;
const ASK = { model: 'claude-opus-5', max_tokens: 16, messages: [{ role: 'user', content: 'hi' }] };

let upstream: FakeUpstream;
let gateway: Gateway;

beforeAll(async () => {
  upstream = await FakeUpstream.start();
  gateway = await startGateway({ config: channelConfig({ url: upstream.url, apiKey: upstream.apiKey }) });
});

beforeEach(() => {
  upstream.reset();
  upstream.fallback = (reply) =>
    reply.json(200, wholeMessage({ model: 'claude-opus-5', usage: { input: 3, output: 2 } }));
});

afterAll(async () => {
  await gateway?.dispose();
  await upstream?.stop();
});

describe('auth', () => {
  const routes = [
    ['POST', '/v1/messages'],
    ['POST', '/v1/messages/count_tokens'],
    ['GET', '/v1/models'],
    ['GET', '/v1/models/claude-opus-5'],
  ] as const;

  test.each(routes)('%s %s takes the key by either header and refuses it wrong or missing', async (method, path) => {
    const send = (headers: Record<string, string>) =>
      call(`${gateway.url}${path}`, {
        method,
        headers: { 'anthropic-version': '2023-06-01', 'content-type': 'application/json', ...headers },
        ...(method === 'POST' && { body: ASK }),
      });
    upstream.fallback = (reply) => reply.json(200, { input_tokens: 1 });
    expect((await send({ 'x-api-key': gateway.key })).status).not.toBe(401);
    expect((await send({ authorization: `Bearer ${gateway.key}` })).status).not.toBe(401);
    expect((await send({ authorization: `bearer ${gateway.key}` })).status).not.toBe(401);
    for (const headers of [
      {},
      { 'x-api-key': 'sk-ez-wrong' },
      { authorization: 'Bearer wrong' },
      { authorization: 'Basic eDp5' },
    ]) {
      const refused = await send(headers);
      expectError(refused, 401, 'authentication_error');
      expect(refused.headers['x-should-retry']).toBe('false');
    }
  });

  test('x-api-key wins when both headers are there', async () => {
    const good = await gateway.messages(ASK, { authorization: 'Bearer nonsense' });
    expect(good.status).toBe(200);
    const bad = await gateway.messages(ASK, { 'x-api-key': 'nonsense', authorization: `Bearer ${gateway.key}` });
    expect(bad.status).toBe(401);
  });

  test('an unknown, mistyped, disabled, revoked or expired key get the very same answer', async () => {
    const [disabled, revoked, expired] = [
      await gateway.createKey('to-disable'),
      await gateway.createKey('to-revoke'),
      await gateway.createKey('to-expire', '--expires', '1s'),
    ];
    await gateway.command('keys', 'disable', disabled.id);
    await gateway.command('keys', 'revoke', revoked.id);
    for (const { key } of [disabled, revoked, expired]) await gateway.waitForKey(key, false, 3_000);
    const swapped = gateway.key.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a'));
    const bodies = new Set<string>();
    for (const key of ['sk-ez-unknown', swapped, `${gateway.key}x`, disabled.key, revoked.key, expired.key, 'x']) {
      const answer = await gateway.messages(ASK, { 'x-api-key': key });
      expectError(answer, 401, 'authentication_error');
      bodies.add(answer.text.replace(answer.headers['request-id'] ?? '', 'ID'));
    }
    expect(bodies.size).toBe(1);
    await gateway.command('keys', 'enable', disabled.id);
    await gateway.waitForKey(disabled.key, true);
  });

  test('a key with an allow-list gets no other model', async () => {
    const { key } = await gateway.createKey('limited', '--models', 'claude-opus-5,claude-haiku-*');
    await gateway.waitForKey(key, true);
    expect((await gateway.messages(ASK, { 'x-api-key': key })).status).toBe(200);
    expect((await gateway.messages({ ...ASK, model: 'claude-haiku-4-5' }, { 'x-api-key': key })).status).toBe(200);
    const refused = await gateway.messages({ ...ASK, model: 'claude-sonnet-5' }, { 'x-api-key': key });
    expect([403, 404]).toContain(refused.status);
    expect(shapeFaults(refused)).toEqual([]);
    expect(upstream.calls).toHaveLength(2);
  });

  test('an upstream that refuses our own credential is never a 401 for the client, and its text stays here (U14)', async () => {
    for (const status of [401, 403]) {
      upstream.fallback = (reply) =>
        reply.error(status, 'authentication_error', `invalid x-api-key ${upstream.apiKey}`);
      const answer = await gateway.messages(ASK);
      expectError(answer, 502, 'api_error');
      expect(answer.text).not.toContain(upstream.apiKey);
    }
  });
});

describe('routes', () => {
  test.each(['/', '/healthz', '/readyz'])('P45 GET and HEAD %s answer without a key', async (path) => {
    for (const method of ['GET', 'HEAD']) {
      const answer = await call(`${gateway.url}${path}`, { method });
      expect(answer.status).toBe(200);
      expect(answer.headers['request-id']).toMatch(/^req_/);
      if (method === 'HEAD') expect(answer.body).toHaveLength(0);
    }
  });

  test.each([
    '/v1/nothing',
    '/v2/messages',
    '/v1/messagesx',
    '/v1/messages/',
    '/%2e%2e/etc/passwd',
    '//v1//messages',
    '/v1/complete',
  ])('C12 %s is a 404 in shape', async (path) => {
    expectError(await gateway.send(path, { method: 'POST', body: ASK }), 404, 'not_found_error');
  });

  test('a 404 of an OpenAI path is in the shape of OpenAI', async () => {
    const headers = { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' };
    const answer = await call(`${gateway.url}/v1/chat/nothing`, { method: 'POST', headers, body: ASK });
    expect(answer.status).toBe(404);
    expect(answer.json()).toEqual({
      error: { message: expect.any(String), type: 'invalid_request_error', param: null, code: null },
    });
  });

  test('P126 models come in the shape that the headers ask for', async () => {
    const headers = { authorization: `Bearer ${gateway.key}` };
    const openAi = await call(`${gateway.url}/v1/models`, { headers });
    expect(openAi.json()).toMatchObject({ object: 'list', data: expect.any(Array) });
    const anthropic = await call(`${gateway.url}/v1/models?limit=1`, {
      headers: { ...headers, 'anthropic-version': '2023-06-01' },
    });
    expect(anthropic.json()).toMatchObject({ data: [{ type: 'model' }], has_more: true });
  });

  test('C12 a wrong method is a 405 that says which are right', async () => {
    for (const method of ['GET', 'PUT', 'DELETE', 'PATCH']) {
      const answer = await gateway.send('/v1/messages', { method });
      expectError(answer, 405, 'invalid_request_error');
      expect(answer.headers['allow']).toContain('POST');
    }
  });

  test('C12 a URL of 100 KB is refused in shape', async () => {
    const answer = await rawCall(gateway.port, `GET /${'a'.repeat(100 * 1024)} HTTP/1.1\r\nHost: x\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 (414|431) /);
    expect(answer).toContain('"type":"error"');
  });

  test('/v1/v1/… is served as /v1/…', async () => {
    const answer = await gateway.send('/v1/v1/messages', { method: 'POST', body: ASK });
    expect(answer.status).toBe(200);
    expect((await gateway.send('/v1/v1/models')).status).toBe(200);
  });

  test('an unknown model is a 404 that names it, without an upstream call', async () => {
    const narrow = await startGateway({
      config: channelConfig({ url: upstream.url, apiKey: upstream.apiKey, models: ['claude-*'] }),
    });
    try {
      const answer = await narrow.messages({ ...ASK, model: 'gpt-5' });
      expect(expectError(answer, 404, 'not_found_error')).toContain('gpt-5');
      expect(upstream.calls).toHaveLength(0);
    } finally {
      await narrow.dispose();
    }
  });

  test('an upgrade to WebSocket is a 426', async () => {
    const upgrade =
      'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: eA==\r\nSec-WebSocket-Version: 13\r\n';
    const answer = await rawCall(gateway.port, `GET /v1/responses HTTP/1.1\r\nHost: x\r\n${upgrade}\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 426 /);
    expect(answer).toMatch(/\r\nrequest-id: req_/i);
    expect(answer).toContain('"error"');
  });

  test('a browser gets its CORS preflight answered and its answers readable', async () => {
    const origin = { origin: 'https://app.example.com' };
    const asked =
      'x-api-key,anthropic-version,content-type,anthropic-dangerous-direct-browser-access,anthropic-beta,x-stainless-lang,x-stainless-retry-count';
    const preflight = await call(`${gateway.url}/v1/messages`, {
      method: 'OPTIONS',
      headers: { ...origin, 'access-control-request-method': 'POST', 'access-control-request-headers': asked },
    });
    expect([200, 204]).toContain(preflight.status);
    expect(['*', origin.origin]).toContain(preflight.headers['access-control-allow-origin']);
    const allowed = (preflight.headers['access-control-allow-headers'] ?? '').toLowerCase();
    for (const name of asked.split(',')) expect(allowed).toContain(name);
    const answer = await gateway.messages(ASK, { ...origin, 'anthropic-dangerous-direct-browser-access': 'true' });
    expect(['*', origin.origin]).toContain(answer.headers['access-control-allow-origin']);
    expect(answer.headers['access-control-allow-credentials']).toBeUndefined();
    expect((answer.headers['access-control-expose-headers'] ?? '').toLowerCase()).toContain('request-id');
  });
});

describe('bodies', () => {
  const bytes = Buffer.from(JSON.stringify({ ...ASK, metadata: { user_id: 'compressed' } }));
  const codings = [
    ['gzip', gzipSync(bytes)],
    ['br', brotliCompressSync(bytes)],
    ['deflate', deflateSync(bytes)],
  ] as const;

  test.each(codings)('compressed with %s arrives as it was', async (coding, body) => {
    const answer = await gateway.messages(body, { 'content-encoding': coding });
    expect(answer.status).toBe(200);
    expect(upstream.onlyCall().body.equals(bytes)).toBe(true);
  });

  test('content-encoding identity changes nothing', async () => {
    expect((await gateway.messages(bytes, { 'content-encoding': 'identity' })).status).toBe(200);
  });

  const damaged = [
    ['gzip', bytes],
    ['gzip', gzipSync(bytes).subarray(0, 30)],
    ['br', Buffer.from([1, 2, 3, 4, 255, 255])],
    ['deflate', Buffer.from('this is not deflated')],
  ] as const;

  test.each(damaged)('a damaged %s body is a 400', async (coding, body) => {
    expectError(await gateway.messages(body, { 'content-encoding': coding }), 400, 'invalid_request_error');
    expect(upstream.calls).toHaveLength(0);
  });

  test.each(['zebra', 'gzip, gzip, gzip, gzip', 'identity, zebra'])(
    'the unknown coding %s is refused',
    async (coding) => {
      const answer = await gateway.messages(bytes, { 'content-encoding': coding });
      expect([400, 415]).toContain(answer.status);
      expect(shapeFaults(answer)).toEqual([]);
    },
  );

  test.each(['gzip', 'br'] as const)('C4 a %s bomb is a 413', async (coding) => {
    const huge = Buffer.alloc(64 * MEGABYTE, 0x20);
    const body = coding === 'gzip' ? gzipSync(huge) : brotliCompressSync(huge.subarray(0, 40 * MEGABYTE));
    expectError(await gateway.messages(body, { 'content-encoding': coding }), 413, 'request_too_large');
    expect(upstream.calls).toHaveLength(0);
  });

  test('C4 a body just under 32 MB goes through, whole', async () => {
    const body = Buffer.from(
      JSON.stringify({ ...ASK, messages: [{ role: 'user', content: 'x'.repeat(32 * MEGABYTE - 200) }] }),
    );
    expect((await gateway.messages(body)).status).toBe(200);
    expect(upstream.onlyCall().body.equals(body)).toBe(true);
  });

  test('C4 a longer one is a 413 as soon as its length is known, and while it comes in chunks', async () => {
    const announced = await rawCall(
      gateway.port,
      `POST /v1/messages HTTP/1.1\r\nHost: x\r\nx-api-key: ${gateway.key}\r\nanthropic-version: 2023-06-01\r\ncontent-type: application/json\r\ncontent-length: ${33 * MEGABYTE}\r\n\r\n{`,
    );
    expect(announced).toMatch(/^HTTP\/1\.1 413 /);
    expect(announced).toContain('request_too_large');
    const piece = Buffer.alloc(MEGABYTE, 0x20);
    const head = `POST /v1/messages HTTP/1.1\r\nHost: x\r\nx-api-key: ${gateway.key}\r\nanthropic-version: 2023-06-01\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n`;
    const chunk = Buffer.concat([Buffer.from(`${MEGABYTE.toString(16)}\r\n`), piece, Buffer.from('\r\n')]);
    const chunked = await rawCall(
      gateway.port,
      Buffer.concat([Buffer.from(head), ...Array.from({ length: 34 }, () => chunk)]),
    );
    expect(chunked).toMatch(/^HTTP\/1\.1 413 /);
    expect(upstream.calls).toHaveLength(0);
  });

  test('C5 nesting of 128 goes through and of 129 is a 400', async () => {
    const nested = (depth: number) =>
      `{"model":"claude-opus-5","max_tokens":16,"messages":[{"role":"user","content":"x"}],"x":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;
    expect((await gateway.messages(nested(128))).status).toBe(200);
    expectError(await gateway.messages(nested(129)), 400, 'invalid_request_error');
    expectError(await gateway.messages(nested(5_000_000)), 400, 'invalid_request_error');
  });

  test.each(['model', 'stream', 'max_tokens', 'messages', 'x'])('C7 the key %s twice is a 400', async (key) => {
    const twice = `{"model":"claude-opus-5","max_tokens":16,"messages":[{"role":"user","content":"x"}],"stream":false,"x":1,"${key}":${JSON.stringify({ model: 'claude-opus-5', stream: true, max_tokens: 1, messages: [], x: 2 }[key])}}`;
    expect(expectError(await gateway.messages(twice), 400, 'invalid_request_error')).toContain(key);
    expect(upstream.calls).toHaveLength(0);
  });

  test('C7 the same key spelt with an escape is the same key', async () => {
    const twice =
      '{"model":"claude-opus-5","max_tokens":16,"messages":[{"role":"user","content":"x"}],"mod\\u0065l":"gpt-5"}';
    expectError(await gateway.messages(twice), 400, 'invalid_request_error');
  });

  test('C8 invalid UTF-8 is a 400, a byte order mark is no reason for a 5xx', async () => {
    const [before = '', after = ''] = JSON.stringify({ ...ASK, messages: [{ role: 'user', content: '~' }] }).split('~');
    for (const bad of [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xc0, 0xaf], [0xe2, 0x82]]) {
      const body = Buffer.concat([Buffer.from(before), Buffer.from(bad), Buffer.from(after)]);
      expectError(await gateway.messages(body), 400, 'invalid_request_error');
    }
    const marked = await gateway.messages(
      Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(JSON.stringify(ASK))]),
    );
    expect([200, 400]).toContain(marked.status);
  });

  test('C6 keys that pollute prototypes go through as data and pollute nothing', async () => {
    const body =
      '{"__proto__":{"model":"evil","max_tokens":1,"polluted":1},"constructor":{"prototype":{"polluted":1}},"model":"claude-opus-5","max_tokens":16,"messages":[{"role":"user","content":"x","__proto__":{"role":"assistant"}}]}';
    expect((await gateway.messages(body, { __proto__x: 'a' })).status).toBe(200);
    expect(upstream.onlyCall().body.toString()).toBe(body);
    expectError(
      await gateway.messages('{"__proto__":{"model":"claude-opus-5","max_tokens":16,"messages":[]}}'),
      400,
      'invalid_request_error',
    );
  });

  test.each(['claude\r\nx-evil: 1', 'claude-\u0000', 'модель', 'a'.repeat(256), '🌍'])(
    'C10 the model name %j crashes nothing',
    async (model) => {
      const answer = await gateway.messages({ ...ASK, model });
      expect(answer.status).toBeLessThan(500);
      expect(answer.headers['x-evil']).toBeUndefined();
      expect((await call(`${gateway.url}/healthz`)).status).toBe(200);
    },
  );
});

describe('raw HTTP (C11)', () => {
  const garbage = [
    ['no HTTP at all', 'hello there\r\n\r\n', 400],
    ['an unknown protocol', 'GET / FTP/9\r\n\r\n', 400],
    ['a header without name', 'GET / HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n', 400],
    ['a space before the colon', 'GET / HTTP/1.1\r\nHost: x\r\nx-a : y\r\n\r\n', 400],
    [
      'C11 length and chunks at once',
      'POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    [
      'C11 two lengths',
      'POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd',
      400,
    ],
    ['C11 a length that is no number', 'POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 3x\r\n\r\nabc', 400],
    [
      'C11 a bad chunk',
      'POST /v1/messages HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n',
      400,
    ],
    ['C11 a folded header', 'GET / HTTP/1.1\r\nHost: x\r\nx-a: b\r\n c\r\n\r\n', 400],
    ['C11 two hosts', 'GET /v1/messages HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', 400],
    ['no host', 'GET /v1/messages HTTP/1.1\r\n\r\n', 400],
    ['headers of 100 KB', `GET / HTTP/1.1\r\nHost: x\r\nx-a: ${'b'.repeat(100 * 1024)}\r\n\r\n`, 431],
  ] as const;

  test.each(garbage)('%s is answered in shape', async (_name, bytes, status) => {
    const answer = await rawCall(gateway.port, bytes);
    expect(answer.split('\r\n')[0]).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    const id = /\r\nrequest-id: (req_\S+)/i.exec(head)?.[1];
    expect(JSON.parse(body)).toMatchObject({ type: 'error', error: { type: 'invalid_request_error' }, request_id: id });
    expect(upstream.calls).toHaveLength(0);
  });
});

test('every answer has a request id of its own', async () => {
  const ids = new Set<string>();
  upstream.next(
    (reply) => reply.json(200, wholeMessage({ model: 'm', usage: { input: 1, output: 1 } })),
    (reply) => reply.stream(textStream({ model: 'm', usage: { input: 1, output: 1 } }, ['x'])),
  );
  const answers = [
    await gateway.messages(ASK),
    await (await gateway.stream(ASK)).whole(),
    await gateway.send('/v1/models'),
    await gateway.send('/nothing'),
    await call(`${gateway.url}/`),
    await call(`${gateway.url}/metrics`),
    await gateway.messages('{'),
    await gateway.messages(ASK, { 'request-id': 'req_forged', 'x-request-id': 'req_forged' }),
    await (await openStream(`${gateway.url}/v1/messages`, { method: 'OPTIONS' })).whole(),
  ];
  for (const answer of answers) ids.add(answer.headers['request-id'] ?? 'none');
  expect(ids.size).toBe(answers.length);
  expect([...ids].every((id) => /^req_[A-Za-z0-9]+$/.test(id))).toBe(true);
  expect(ids).not.toContain('req_forged');
});
