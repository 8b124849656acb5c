import { connect } from 'node:net';
import type { Json } from '../../src/core/json.ts';
import { type Below, chosen, mutateJson } from './mutate-json.ts';
import { seededBelow } from './rechunk.ts';

/** What a client of the server under fire may know. */
export type FuzzTarget = { port: number; key: string; adminToken: string };

/** The longest that one input may keep the server busy, in ms: what takes longer hangs (G14). */
const PATIENCE = 10_000;

const VALID: readonly { path: string; body: Json }[] = [
  {
    path: '/v1/messages',
    body: {
      ...{ model: 'claude-opus-5', max_tokens: 4, system: 'brief', stream: true },
      messages: [{ role: 'user', content: [{ type: 'text', text: 'hi', cache_control: { type: 'ephemeral' } }] }],
      tools: [{ name: 'f', description: 'd', input_schema: { type: 'object' } }],
    },
  },
  {
    path: '/v1/messages/count_tokens',
    body: { model: 'claude-opus-5', messages: [{ role: 'user', content: 'hi' }] },
  },
  {
    path: '/v1/chat/completions',
    body: { model: 'claude-opus-5', max_tokens: 4, messages: [{ role: 'user', content: 'hi' }], stream: false },
  },
  { path: '/v1/responses', body: { model: 'claude-opus-5', max_output_tokens: 16, input: 'hi', stream: true } },
  { path: '/admin/api/session', body: { email: 'nobody@example.org', password: 'x' } },
  { path: '/admin/api/keys', body: { name: 'n', models: ['*'] } },
];

const READ_PATHS = ['/', '/v1/models', '/v1/models/claude-opus-5', '/v1/ezmodel/key', '/healthz', '/readyz'];
const ADMIN_PATHS = ['/admin/api/keys', '/admin/api/exchanges?limit=2', '/admin/api/audit', '/admin/api/openapi.json'];
const METHODS = [
  'GET',
  'POST',
  'HEAD',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'CONNECT',
  'post',
  'G\u0000T',
  '',
];
const ODD_HEADERS = [
  ...['content-length: 5', 'content-length: -1', 'content-length: 99999999999999999999', 'content-length: 0x10'],
  ...['transfer-encoding: chunked', 'transfer-encoding: gzip, chunked', 'transfer-encoding:\tchunked', 'te: trailers'],
  ...[
    'host: evil.example',
    'host:',
    'x-api-key: x',
    'x-api-key:',
    'authorization: Bearer',
    'authorization: Basic eDp4',
  ],
  ...[
    'anthropic-version:',
    'anthropic-beta: a,,b,\u0001',
    'x-ezmodel-tags: a,b',
    'x-ezmodel-tags: \u00ff',
    'range: bytes=0-',
  ],
  ...[
    'expect: 100-continue',
    'expect: 200-maybe',
    'upgrade: websocket',
    'connection: upgrade',
    'connection: close, te',
  ],
  ...[
    'content-encoding: gzip',
    'content-type: text/plain',
    'content-type: application/json; charset=utf-7',
    'cookie: a=b',
  ],
  ...[
    ' leading: space',
    'no colon',
    'na me: x',
    ': empty',
    'x\u0000y: z',
    `x-long: ${'x'.repeat(5_000)}`,
    '__proto__: x',
  ],
  ...[
    'x-forwarded-for: 127.0.0.1',
    'forwarded: for=127.0.0.1',
    'if-none-match: *',
    'accept: text/html',
    'origin: null',
  ],
];

/** HTTP inputs of all kinds, nearly right ones and wild ones; the same for the same seed. */
export function* httpInputs(seed: number, target: FuzzTarget): Generator<Buffer> {
  const below = seededBelow(seed);
  for (;;) {
    const damage = chosen(DAMAGES, below);
    yield damage(chosen([writing, reading], below)(target, below), below);
  }
}

function writing(target: FuzzTarget, below: Below): Buffer {
  const { path, body } = chosen(VALID, below);
  const sent = Buffer.from(JSON.stringify(below(3) === 0 ? body : mutateJson(body, below)));
  const head = headOf('POST', path, target, below);
  return below(4) === 0
    ? Buffer.concat([
        Buffer.from(`${head}transfer-encoding: chunked\r\n\r\n${sent.length.toString(16)}\r\n`),
        sent,
        Buffer.from('\r\n0\r\n\r\n'),
      ])
    : Buffer.concat([Buffer.from(`${head}content-length: ${sent.length}\r\n\r\n`), sent]);
}

function reading(target: FuzzTarget, below: Below): Buffer {
  const path = chosen([...READ_PATHS, ...ADMIN_PATHS], below);
  const suffix = chosen(['', '', '/', '?a=1&a=2', '?%00', '%2e%2e/', '/../..//x', '?limit=-1', '#x', '\u00e9'], below);
  return Buffer.from(`${headOf(chosen(METHODS, below), path + suffix, target, below)}\r\n`, 'latin1');
}

function headOf(method: string, path: string, { port, key, adminToken }: FuzzTarget, below: Below): string {
  const secret = path.startsWith('/admin') ? `authorization: Bearer ${adminToken}` : `x-api-key: ${key}`;
  const usual = [`host: 127.0.0.1:${port}`, secret, 'anthropic-version: 2023-06-01', 'content-type: application/json'];
  const odd = Array.from({ length: chosen([0, 0, 1, 2], below) }, () => chosen(ODD_HEADERS, below));
  const version = chosen(['1.1', '1.1', '1.1', '1.0', '2.0', '0.9', '1'], below);
  return `${[`${method} ${path} HTTP/${version}`, ...usual, ...odd].join('\r\n')}\r\n`;
}

/** What becomes of a request on its way. */
const DAMAGES: readonly ((request: Buffer, below: Below) => Buffer)[] = [
  (request) => request,
  (request, below) => request.subarray(0, below(request.length + 1)),
  (request, below) => {
    const damaged = Buffer.from(request);
    for (let count = 1 + below(8); count > 0; count--) damaged[below(damaged.length)] = below(256);
    return damaged;
  },
  (request, below) => {
    const at = below(request.length);
    return Buffer.concat([
      request.subarray(0, at),
      Buffer.from(Array.from({ length: 1 + below(64) }, () => below(256))),
      request.subarray(at),
    ]);
  },
  (request, below) => {
    const from = below(request.length);
    return Buffer.concat([request.subarray(0, from), request.subarray(from + 1 + below(16))]);
  },
  (request) => Buffer.concat([request, request]),
  (request) => Buffer.from(request.toString('latin1').replaceAll('\r\n', '\n'), 'latin1'),
  (_, below) => Buffer.from(Array.from({ length: 1 + below(512) }, () => below(256))),
];

/** Sends one input, closes that side, and reads until the server has closed its own. @returns what is wrong with the answer. */
export function faultsOfInput(port: number, input: Buffer): Promise<string[]> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const late = setTimeout(() => {
      socket.destroy();
      resolve([`no end within ${PATIENCE} ms`]);
    }, PATIENCE);
    const end = () => {
      clearTimeout(late);
      socket.destroy();
      resolve(faultsOfAnswer(Buffer.concat(chunks).toString('latin1')));
    };
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', end);
    socket.on('end', end);
    socket.end(input);
  });
}

function faultsOfAnswer(answer: string): string[] {
  if (answer === '') return [];
  const statuses = [...answer.matchAll(/(?:^|\n)HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));
  if (statuses.length === 0) return [`not HTTP: ${JSON.stringify(answer.slice(0, 120))}`];
  return statuses.filter((status) => status >= 500).map((status) => `status ${status}: ${answer.slice(0, 600)}`);
}
