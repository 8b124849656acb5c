import { createServer, type Server } from 'node:net';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { sseEvent, textDelta, textStream, wholeMessage } from '../support/anthropic-stream.ts';
import { type Answer, call, eventsOf } from '../support/call.ts';
import { expectError } from '../support/error-shape.ts';
import { FakeUpstream, type Script, type UpstreamReply } from '../support/fake-upstream.ts';
import { channelConfig, counter, type Gateway, startGateway } from '../support/gateway.ts';
import { byteByByte, seededRandom } from '../support/rechunk.ts';
import { gate, waitFor, within } from '../support/wait.ts';

const USAGE = { input: 30, output: 12 };
const PARTS = { model: 'claude-opus-5', usage: USAGE };
const STREAM = textStream(PARTS, ['one ', 'two ', 'three 🌍']);
/** Index of the first event that carries content. */
const FIRST_CONTENT = 2;
const MEGABYTE = 1024 * 1024;

let upstream: FakeUpstream;
let gateway: Gateway;
let closedPort: number;
/** Answers a TLS hello with something else. */
const notTls = createServer((socket) => socket.on('error', () => undefined).end('not TLS'));

beforeAll(async () => {
  upstream = await FakeUpstream.start();
  closedPort = await portWithoutListener();
  await new Promise<void>((resolve) => notTls.listen(0, '127.0.0.1', resolve));
  const channels = [
    { name: 'main', url: upstream.url, models: ['claude-*'] },
    { name: 'refusing', url: `http://127.0.0.1:${closedPort}`, models: ['refused'] },
    { name: 'nowhere', url: 'http://no-such-host.invalid', models: ['unresolvable'] },
    { name: 'not-tls', url: `https://127.0.0.1:${portOf(notTls)}`, models: ['tls-failure'] },
  ];
  const timeouts = { connect: '500ms', first_event: '900ms', idle: '700ms', total: '3s' };
  const lines = channels.map(({ name, url, models }) =>
    JSON.stringify({ name, provider: 'anthropic', base_url: url, api_key: upstream.apiKey, models, timeouts }),
  );
  const config = `channels:\n${lines.map((line) => `  - ${line}\n`).join('')}`;
  gateway = await startGateway({ config });
});

beforeEach(() => upstream.reset());

afterAll(async () => {
  await gateway?.dispose();
  await upstream?.stop();
  notTls.close();
});

describe('before any content the client gets a plain error', () => {
  test.each(['refused', 'unresolvable', 'tls-failure'])('U1 connection %s', async (model) => {
    for (const stream of [true, false]) {
      const answer = await gateway.messages({ ...ask(), model, stream });
      expectError(answer, 502, 'api_error');
      expect(answer.text).not.toContain(String(closedPort));
    }
  });

  const points: [string, Script][] = [
    ['after the request', (reply) => reply.reset()],
    ['within the status line', (reply) => reply.raw('HTTP/1.1 20').then(() => reply.reset())],
    ['within the headers', (reply) => reply.raw('HTTP/1.1 200 OK\r\ncontent-ty').then(() => reply.reset())],
    ['after the headers', (reply) => reply.streamHead().then(() => reply.reset())],
    ['within the first event', (reply) => begin(reply, [STREAM[0]?.subarray(0, 50)]).then(() => reply.reset())],
    ['after message_start', (reply) => begin(reply, STREAM.slice(0, 1)).then(() => reply.reset())],
    ['U10 after lifecycle events', (reply) => begin(reply, [...STREAM.slice(0, 2), ping()]).then(() => reply.reset())],
  ];

  test.each(points)('U2 reset %s', async (_point, script) => {
    upstream.fallback = script;
    const answer = await (await gateway.stream(ask())).whole();
    expectError(answer, 502, 'api_error');
  });

  test('U3 no headers: 504, and the upstream call is closed', async () => {
    for (const stream of [true, false]) {
      upstream.reset();
      upstream.fallback = () => undefined;
      const answer = await gateway.messages({ ...ask(), stream });
      expectError(answer, 504, 'timeout_error');
      await within('the upstream call to close', upstream.calls[0]?.closed ?? Promise.reject());
      expect(upstream.calls[0]?.closedBy).toBe('gateway');
    }
  });

  test('U10 lifecycle events and then silence: an error, never an empty success', async () => {
    upstream.fallback = (reply) => begin(reply, STREAM.slice(0, 2));
    const answer = await (await gateway.stream(ask())).whole();
    expectNoSuccess(answer);
  });

  const early: [string, number, Buffer[]][] = [
    ['overloaded_error', 529, []],
    ['overloaded_error', 529, STREAM.slice(0, 1)],
    ['rate_limit_error', 429, [ping()]],
    ['api_error', 500, STREAM.slice(0, 2)],
    ['invalid_request_error', 400, []],
  ];

  test.each(early)('U9 200 whose first event is %s is answered with %i', async (type, status, before) => {
    upstream.fallback = (reply) => reply.stream([...before, sseEvent('error', { error: { type, message: 'told' } })]);
    const answer = await (await gateway.stream(ask())).whole();
    expect(expectError(answer, status, type)).toBe('told');
  });

  test('U14 our own credential refused: 502, and nothing of the text', async () => {
    for (const status of [401, 403]) {
      upstream.fallback = (reply) => reply.error(status, 'authentication_error', `bad key ${upstream.apiKey}`);
      const answer = await gateway.messages(ask());
      expectError(answer, 502, 'api_error');
      expect(answer.text).not.toContain(upstream.apiKey);
    }
  });
});

describe('U1 every error says whether an upstream answered it', () => {
  const cases: { name: string; source: string; script?: Script; model?: string }[] = [
    { name: 'no connection', source: 'gateway', model: 'refused' },
    { name: 'no such model', source: 'gateway', model: 'unheard-of' },
    { name: 'a timeout', source: 'gateway', script: () => undefined },
    { name: 'a connection that breaks before any answer', source: 'gateway', script: (reply) => reply.reset() },
    { name: 'a refusal', source: 'upstream', script: (reply) => reply.error(400, 'invalid_request_error', 'told') },
    { name: 'a refused credential', source: 'upstream', script: (reply) => reply.error(401, 'x', 'told') },
    { name: 'an overload', source: 'upstream', script: (reply) => reply.error(529, 'overloaded_error', 'told') },
    { name: 'HTML', source: 'upstream', script: (reply) => reply.whole(200, '<html>') },
    { name: 'a redirect', source: 'upstream', script: (reply) => reply.whole(302, '', { location: 'http://x/' }) },
    { name: 'a stream of nothing', source: 'upstream', script: (reply) => reply.stream([]) },
  ];

  test.each(cases)('$name: $source', async ({ source, script, model = 'claude-opus-5' }) => {
    if (script) upstream.fallback = script;
    const answer = await gateway.messages({ ...ask(), model, stream: true });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.headers['x-gateway-error-source']).toBe(source);
  });
});

describe('after content the client gets the error in the stream', () => {
  test('U5 S15 U6 hang, FIN and RST after every event: exactly one start, never a clean end', async () => {
    const ways = ['hang', 'cut', 'reset', 'clean-end'] as const;
    const scripts = new Map<string, Script>();
    for (const way of ways) {
      for (let sent = FIRST_CONTENT + 1; sent < STREAM.length; sent++) {
        scripts.set(`${way}-${sent}`, async (reply) => {
          await begin(reply, STREAM.slice(0, sent));
          if (way === 'cut') reply.cut();
          else if (way === 'reset') await delivered(reply).then(() => reply.reset());
          else if (way === 'clean-end') await reply.endChunks();
        });
      }
    }
    upstream.fallback = byMarker(scripts);
    const answers = await Promise.all(
      [...scripts.keys()].map(async (marker) => (await gateway.stream({ ...ask(marker) })).whole()),
    );
    for (const answer of answers) expectInBandError(answer);
    expect(upstream.calls).toHaveLength(scripts.size);
  });

  test('U6 a cut at every byte: an error each time, plain before content and in the stream after it', async () => {
    const bytes = Buffer.concat(STREAM.slice(0, -1));
    const whole = bytes.length;
    const contentAt = Buffer.concat(STREAM.slice(0, FIRST_CONTENT + 1)).length;
    upstream.fallback = async (reply) => {
      await begin(reply, [bytes.subarray(0, markerOf(reply))]);
      reply.cut();
    };
    const cuts = Array.from({ length: whole }, (_, cut) => cut);
    const sendAll = async () => {
      for (let cut = cuts.pop(); cut !== undefined; cut = cuts.pop()) {
        const answer = await (await gateway.stream(ask(String(cut)))).whole();
        if (cut < contentAt) expectError(answer, 502, 'api_error');
        else expectInBandError(answer);
      }
    };
    await Promise.all(Array.from({ length: 8 }, sendAll));
  });

  test('U5 C2 the idle timer counts again after the client has been slow', async () => {
    const held = gate<UpstreamReply>();
    const large = textDelta('x'.repeat(60_000));
    upstream.fallback = async (reply) => {
      await begin(reply, STREAM.slice(0, FIRST_CONTENT + 1));
      held.open(reply);
      for (let sent = 0; sent < 300; sent++) await reply.chunk(large);
    };
    const live = await gateway.stream(ask());
    live.pause();
    const { socket } = await held.promise;
    let [taken, looks] = [0, 0];
    await waitFor('the upstream to be held back', () => {
      looks = socket.writableLength > 0 && socket.bytesWritten === taken ? looks + 1 : 0;
      taken = socket.bytesWritten;
      return looks === 20;
    });
    live.resume();
    const { body } = await live.whole();
    const last = body.subarray(-1_000).toString();
    expect(last).toContain('event: error');
    expect(last).toContain('idle');
  });

  test('U4 an event that drips in, byte by byte, does not keep a stream alive', async () => {
    upstream.fallback = async (reply) => {
      await begin(reply, STREAM.slice(0, FIRST_CONTENT + 1));
      await drip(reply, textDelta('x'.repeat(10_000)), 50);
    };
    expectInBandError(await (await gateway.stream(ask())).whole());
  });

  test('U16 a stream without end is ended by the total timer', async () => {
    upstream.fallback = async (reply) => {
      await begin(reply, STREAM.slice(0, 2));
      while (!reply.socket.destroyed) {
        await reply.chunk(textDelta('more '));
        await pause(50);
      }
    };
    expectInBandError(await (await gateway.stream(ask())).whole());
    await within('the upstream call to close', upstream.onlyCall().closed);
    expect(upstream.onlyCall().closedBy).toBe('gateway');
  });

  test('U15 a line without end is given up at 8 MiB', async () => {
    const line = Buffer.alloc(MEGABYTE, 'x');
    let written = 0;
    upstream.fallback = async (reply) => {
      await begin(reply, STREAM.slice(0, FIRST_CONTENT + 1));
      await reply.chunk(Buffer.from('event: content_block_delta\ndata: '));
      for (written = 0; written < 64 && !reply.socket.destroyed; written++) await reply.chunk(line);
    };
    const answer = await (await gateway.stream(ask())).whole();
    expectInBandError(answer);
    expect(answer.body.length).toBeLessThan(MEGABYTE);
    expect(written).toBeLessThan(64);
  });

  test('U9 an error event of the upstream after content is passed on and ends the stream', async () => {
    const error = sseEvent('error', { error: { type: 'overloaded_error', message: 'Overloaded' } });
    upstream.next((reply) => reply.stream([...STREAM.slice(0, 3), error]));
    const events = eventsOf((await (await gateway.stream(ask())).whole()).text);
    expect(events.at(-1)).toMatchObject({ event: 'error', data: { error: { type: 'overloaded_error' } } });
    expect(events.filter(({ event }) => event === 'error')).toHaveLength(1);
  });
});

describe('silence', () => {
  let patient: Gateway;

  beforeAll(async () => {
    const config = channelConfig({
      url: upstream.url,
      apiKey: upstream.apiKey,
      more: 'server: { keep_alive: 100ms }\n',
    });
    patient = await startGateway({ config });
  });

  afterAll(() => patient?.dispose());

  /** Sends so many events, and the rest when the gate opens. */
  function pausing(after: number, goOn: Promise<void>): Script {
    return async (reply) => {
      await begin(reply, STREAM.slice(0, after));
      await goOn;
      for (const event of STREAM.slice(after)) await reply.chunk(event);
      await reply.endChunks();
    };
  }

  test('U5 a silent stream is kept alive with pings, in between events only', async () => {
    const goOn = gate();
    upstream.next(pausing(FIRST_CONTENT + 1, goOn.promise));
    const live = await patient.stream(ask());
    await live.until('event: ping');
    goOn.open();
    const { text } = await live.whole();
    expect(text.replaceAll(/event: ping\ndata: [^\n]*\n\n/g, '')).toBe(Buffer.concat(STREAM).toString());
  });

  test.each([0, 1, 2])('U10 %i held events are kept alive with comments and then given whole', async (held) => {
    const goOn = gate();
    upstream.next(pausing(held, goOn.promise));
    const live = await patient.stream(ask());
    await live.until(':');
    expect(live.received.toString()).not.toContain('event:');
    goOn.open();
    const { text } = await live.whole();
    expect(text.replaceAll(/^:[^\n]*\n\n/gm, '')).toBe(Buffer.concat(STREAM).toString());
  });

  test('U10 a failure after such comments is an error in the stream, without anything that was held', async () => {
    const goOn = gate();
    upstream.fallback = async (reply) => {
      await begin(reply, STREAM.slice(0, 1));
      await goOn.promise;
      reply.cut();
    };
    const live = await patient.stream(ask());
    await live.until(':');
    goOn.open();
    const { text } = await live.whole();
    expect(eventsOf(text).map(({ event }) => event)).toEqual(['error']);
  });
});

describe('bytes that are odd but pass', () => {
  test('U7 one event with invalid JSON is forwarded and the rest goes on', async () => {
    for (let broken = 2; broken <= 4; broken++) {
      const events = STREAM.map((event, at) =>
        at === broken ? Buffer.from(event.toString().replace('{', '{{')) : event,
      );
      upstream.next((reply) => reply.stream(events));
      const answer = await (await gateway.stream(ask())).whole();
      expect(answer.text).toBe(Buffer.concat(events).toString());
      const row = await gateway.settledRow(answer.headers['request-id'] ?? '');
      expect(counter(row, 'output_tokens')).toBe(USAGE.output);
    }
  });

  test('U7 a broken event of any kind never hangs or crashes', async () => {
    for (const broken of STREAM.keys()) {
      const events = STREAM.map((event, at) =>
        at === broken ? Buffer.from(event.toString().replace('{', '{{')) : event,
      );
      upstream.fallback = (reply) => reply.stream(events);
      const answer = await (await gateway.stream(ask())).whole();
      expect([200, 502]).toContain(answer.status);
    }
    expect((await call(`${gateway.url}/healthz`)).status).toBe(200);
  });

  test('U8 characters split over chunks and bytes that are no characters arrive as sent', async () => {
    const [head = '', tail = ''] = textDelta('🌍~é').toString().split('~');
    const odd = Buffer.concat([Buffer.from(head), Buffer.from([0xff, 0xc3, 0x28]), Buffer.from(tail)]);
    const bytes = Buffer.concat([...STREAM.slice(0, 3), odd, ...STREAM.slice(3)]);
    upstream.next((reply) => reply.stream(byteByByte(bytes)));
    const answer = await (await gateway.stream(ask())).whole();
    expect(answer.body.equals(bytes)).toBe(true);
  });

  test.each(['application/json', 'text/plain', 'application/octet-stream'])(
    'U17 a stream under content-type %s is a stream',
    async (type) => {
      upstream.fallback = (reply) => reply.stream(STREAM, { 'content-type': type });
      const answer = await (await gateway.stream(ask())).whole();
      expect(answer.headers['content-type']).toMatch(/^text\/event-stream/);
      expect(answer.text).toBe(Buffer.concat(STREAM).toString());
    },
  );

  test('U17 a stream where a whole answer was asked for is folded into the message it spells', async () => {
    upstream.fallback = (reply) => reply.stream(STREAM);
    const answer = await gateway.messages(ask());
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(answer.json()).toMatchObject({ type: 'message', role: 'assistant', stop_reason: 'end_turn' });
  });

  test('U17 HTML, and nothing at all, are a 502', async () => {
    const scripts: [string, Script][] = [
      ['HTML', (reply) => reply.whole(200, '<html>login</html>', { 'content-type': 'text/html' })],
      ['nothing', (reply) => reply.whole(200, '')],
      ['a list', (reply) => reply.whole(200, '[]')],
    ];
    for (const [name, script] of scripts) {
      upstream.fallback = script;
      const answer = await gateway.messages(ask());
      expect([name, answer.status]).toEqual([name, 502]);
      expectError(answer, 502, 'api_error');
    }
  });

  test('U17 a whole error where a stream was asked for keeps its status', async () => {
    upstream.fallback = (reply) => reply.error(400, 'invalid_request_error', 'no');
    expectError(await (await gateway.stream(ask())).whole(), 400, 'invalid_request_error');
  });
});

describe('refusals of the upstream', () => {
  const retryAfters: [string, string | undefined][] = [
    ['7', '7'],
    ['0', undefined],
    ['-1', undefined],
    ['soon', undefined],
    ['', undefined],
    ['NaN', undefined],
  ];

  test.each(retryAfters)('U11 429 with retry-after %j', async (given, expected) => {
    upstream.fallback = (reply) => reply.error(429, 'rate_limit_error', 'slow down', { 'retry-after': given });
    const answer = await gateway.messages(ask());
    expectError(answer, 429, 'rate_limit_error');
    if (expected !== undefined) expect(answer.headers['retry-after']).toBe(expected);
    else expect(Number(answer.headers['retry-after'] ?? 1)).toBeGreaterThanOrEqual(0);
  });

  test('U11 a date becomes seconds, and a far future does not send clients to sleep for years', async () => {
    const date = new Date(Date.now() + 20_000).toUTCString();
    upstream.fallback = (reply) => reply.error(429, 'rate_limit_error', 'slow down', { 'retry-after': date });
    const seconds = Number((await gateway.messages(ask())).headers['retry-after']);
    expect(seconds).toBeGreaterThan(10);
    expect(seconds).toBeLessThanOrEqual(21);
    upstream.fallback = (reply) => reply.error(429, 'rate_limit_error', 'slow down', { 'retry-after': '1000000000' });
    expect(Number((await gateway.messages(ask())).headers['retry-after'] ?? 0)).toBeLessThanOrEqual(2_147_483);
  });

  test('U12 an overload is passed on as such, without a storm of retries', async () => {
    for (const status of [529, 503]) {
      upstream.reset();
      upstream.fallback = (reply) => reply.error(status, 'overloaded_error', 'Overloaded', { 'retry-after': '2' });
      const answer = await gateway.messages(ask());
      expect([503, 529]).toContain(answer.status);
      expect(answer.headers['retry-after']).toBe('2');
      expect(upstream.calls.length).toBeLessThanOrEqual(3);
    }
  });

  const bodies: [string, Buffer, string][] = [
    ['HTML', Buffer.from('<html><body>upstream secret</body></html>'), 'text/html'],
    ['nothing', Buffer.alloc(0), 'text/plain'],
    ['another shape', Buffer.from('{"detail":"upstream secret"}'), 'application/json'],
    ['50 MB', Buffer.alloc(50 * MEGABYTE, 'upstream secret '), 'text/plain'],
  ];

  test.each(bodies)('U13 a 500 with %s is a JSON error without its text', async (_name, body, type) => {
    upstream.fallback = (reply) => reply.whole(500, body, { 'content-type': type });
    const answer = await gateway.messages(ask());
    expect([502, 503]).toContain(answer.status);
    expectError(answer, answer.status, 'api_error');
    expect(answer.text).not.toContain('upstream secret');
  });
});

describe('transfer', () => {
  test('U18 P64 identity is asked for, and a compressed answer is unpacked once', async () => {
    const message = JSON.stringify(wholeMessage(PARTS));
    for (const [coding, packed] of [
      ['gzip', gzipSync(message)],
      ['br', brotliCompressSync(message)],
    ] as const) {
      upstream.next((reply) => reply.whole(200, packed, { 'content-encoding': coding }));
      const answer = await gateway.messages(ask(), { 'accept-encoding': 'gzip, br' });
      expect(answer.text).toBe(message);
      expect(answer.headers['content-encoding']).toBeUndefined();
    }
    expect(upstream.calls.map((seen) => seen.header('accept-encoding') ?? 'identity')).toEqual([
      'identity',
      'identity',
    ]);
    upstream.next((reply) => reply.stream([gzipSync(Buffer.concat(STREAM))], { 'content-encoding': 'gzip' }));
    expect((await (await gateway.stream(ask())).whole()).text).toBe(Buffer.concat(STREAM).toString());
  });

  test('U18 bombs, stacked codings and lies about length are errors', async () => {
    const bomb = gzipSync(gzipSync(Buffer.alloc(200 * MEGABYTE)));
    const scripts: Script[] = [
      (reply) => reply.whole(200, gzipSync(Buffer.alloc(200 * MEGABYTE)), { 'content-encoding': 'gzip' }),
      (reply) => reply.whole(200, bomb, { 'content-encoding': 'gzip, gzip' }),
      (reply) => reply.whole(200, 'not gzip', { 'content-encoding': 'gzip' }),
      (reply) => reply.whole(200, '{"type":"mess', { 'content-length': '5000' }).then(() => reply.cut()),
    ];
    for (const script of scripts) {
      upstream.fallback = script;
      expectError(await gateway.messages(ask()), 502, 'api_error');
    }
  });

  test('U21 redirects are not followed', async () => {
    const other = await FakeUpstream.start();
    try {
      for (const status of [301, 302, 307, 308]) {
        upstream.fallback = (reply) => reply.whole(status, '', { location: `${other.url}/v1/messages` });
        expectError(await gateway.messages(ask()), 502, 'api_error');
      }
      expect(other.calls).toHaveLength(0);
    } finally {
      await other.stop();
    }
  });

  test('U21 interim answers and trailers change nothing', async () => {
    upstream.next(async (reply) => {
      await reply.raw('HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n');
      await reply.json(200, wholeMessage(PARTS));
    });
    expect((await gateway.messages(ask())).status).toBe(200);
    upstream.next(async (reply) => {
      await begin(reply, STREAM);
      await reply.raw('0\r\nx-checksum: abc\r\n\r\n');
    });
    expect((await (await gateway.stream(ask())).whole()).text).toBe(Buffer.concat(STREAM).toString());
  });

  test('U21 a kept connection that is closed under us costs the client nothing', async () => {
    // On a gateway of its own: the failures of all the tests above have used up the other one's budget of retries.
    const calm = await startGateway({ config: channelConfig({ url: upstream.url, apiKey: upstream.apiKey }) });
    try {
      for (let round = 0; round < 10; round++) {
        upstream.reset();
        upstream.next((reply) => reply.json(200, wholeMessage(PARTS)));
        await calm.messages(ask());
        upstream.next(
          (reply) => reply.reset(),
          (reply) => reply.json(200, wholeMessage(PARTS)),
        );
        const answer = await calm.messages(ask());
        expect(answer.status).toBe(200);
      }
    } finally {
      await calm.dispose();
    }
  });
});

describe('U20 usage that is wrong', () => {
  const odd: [string, JsonObject | undefined][] = [
    ['missing', undefined],
    ['negative', { input_tokens: -5, output_tokens: -1 }],
    ['huge', { input_tokens: 1e300, output_tokens: 2 ** 60 }],
    ['fractional', { input_tokens: 1.5, output_tokens: 0.1 }],
    ['text', { input_tokens: 'many', output_tokens: null }],
    ['nested', { input_tokens: { a: 1 }, output_tokens: [] }],
  ];

  test.each(odd)('%s never makes a negative or unreadable bill', async (_name, usage) => {
    const { usage: _usual, ...message } = wholeMessage(PARTS);
    upstream.next((reply) => reply.json(200, { ...message, ...(usage && { usage }) }));
    const answer = await gateway.messages(ask());
    expect(answer.status).toBe(200);
    const row = await gateway.settledRow(answer.headers['request-id'] ?? '');
    for (const name of ['input_tokens', 'output_tokens', 'cost_nano_usd']) {
      expect(Number.isSafeInteger(row[name] ?? 0)).toBe(true);
      expect(Number(row[name] ?? 0)).toBeGreaterThanOrEqual(0);
    }
    expect(row['estimated']).toBe(true);
  });

  test('repeated in a stream, the last value counts and nothing is added up', async () => {
    const delta = (output: number) =>
      sseEvent('message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: output } });
    upstream.next((reply) =>
      reply.stream([...STREAM.slice(0, -2), delta(5), delta(9), delta(12), sseEvent('message_stop')]),
    );
    const answer = await (await gateway.stream(ask())).whole();
    const row = await gateway.settledRow(answer.headers['request-id'] ?? '');
    expect([counter(row, 'input_tokens'), counter(row, 'output_tokens')]).toEqual([30, 12]);
  });
});

test('U22 random fields, events and values pass through and crash nothing', async () => {
  const random = seededRandom(22);
  const junk = (): JsonObject => ({
    [`field_${Math.floor(random() * 1e6)}`]: [null, true, -1, 'x', { y: [] }][Math.floor(random() * 5)] ?? null,
  });
  for (let round = 0; round < 30; round++) {
    const events = STREAM.flatMap((event) => {
      const noise = sseEvent(`novel_${Math.floor(random() * 9)}`, junk());
      return random() < 0.3 ? [event, noise] : [event];
    });
    upstream.next((reply) => reply.stream(events));
    const answer = await (await gateway.stream(ask())).whole();
    expect(answer.text).toBe(Buffer.concat(events).toString());
  }
});

function ask(marker = 'hi'): JsonObject {
  return { model: 'claude-opus-5', max_tokens: 64, messages: [{ role: 'user', content: marker }] };
}

function ping(): Buffer {
  return sseEvent('ping');
}

/** Sends the headers of a stream and these chunks, and leaves it open. */
async function begin(reply: UpstreamReply, chunks: readonly (Buffer | undefined)[]): Promise<void> {
  await reply.streamHead();
  for (const chunk of chunks) if (chunk) await reply.chunk(chunk);
}

/** What the request's text said: scripts of parallel requests are told apart by it. */
function textIn(reply: UpstreamReply): string {
  return /"content":"([^"]*)"/.exec(reply.call.body.toString())?.[1] ?? '';
}

function markerOf(reply: UpstreamReply): number {
  return Number(textIn(reply));
}

function byMarker(scripts: ReadonlyMap<string, Script>): Script {
  return (reply) => scripts.get(textIn(reply))?.(reply);
}

/** Lets what was written leave before a reset throws away what has not: a reset overtakes data (it is no fault of the peer). */
async function delivered(reply: UpstreamReply): Promise<void> {
  await waitFor('the bytes to leave', () => reply.socket.writableLength === 0);
  await pause(100);
}

async function drip(reply: UpstreamReply, bytes: Buffer, everyMs: number): Promise<void> {
  for (const byte of byteByByte(bytes)) {
    if (reply.socket.destroyed) return;
    await reply.chunk(byte);
    await pause(everyMs);
  }
}

/** The pace of a slow upstream: part of the fault, not a wait of the test. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function expectInBandError(answer: Answer): void {
  const events = eventsOf(answer.text.slice(0, 100_000));
  const names = events.map(({ event }) => event);
  expect({ status: answer.status, last: names.at(-1) }).toEqual({ status: 200, last: 'error' });
  expect(names.filter((name) => name === 'message_start')).toHaveLength(1);
  expect(names).not.toContain('message_stop');
  expect(events.at(-1)?.data).toMatchObject({ type: 'error', error: { type: expect.stringMatching(/_error$/) } });
  expect(events.at(-1)?.data['request_id']).toBe(answer.headers['request-id']);
}

function expectNoSuccess(answer: Answer): void {
  if (answer.status !== 200)
    return void expectError(answer, answer.status, answer.status === 504 ? 'timeout_error' : 'api_error');
  expect(answer.text).toContain('event: error');
  expect(answer.text).not.toContain('message_stop');
}

/** A port on which nobody listens. */
async function portWithoutListener(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const port = portOf(server);
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening on a port');
  return address.port;
}
