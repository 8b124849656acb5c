import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { wholeMessage } from '../support/anthropic-stream.ts';
import { Books } from '../support/books.ts';
import { type SelfSigned, selfSigned } from '../support/certificate.ts';
import { expectError } from '../support/error-shape.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { waitFor } from '../support/wait.ts';

const API_KEY = 'sk-ant-never-to-be-shown';
const HERE = '127.0.0.1';
const THIS_YEAR = new Date().getUTCFullYear();

/** Upstreams with a certificate each; all but the first are signed by somebody whom the gateway trusts. */
const CERTIFICATES: Record<string, SelfSigned> = {
  'signed-by-nobody': selfSigned(HERE, THIS_YEAR, THIS_YEAR + 2),
  expired: selfSigned(HERE, THIS_YEAR - 2, THIS_YEAR),
  'not-yet-valid': selfSigned(HERE, THIS_YEAR + 1, THIS_YEAR + 2),
  'of-another-host': selfSigned('127.0.0.2', THIS_YEAR, THIS_YEAR + 2),
  good: selfSigned(HERE, THIS_YEAR, THIS_YEAR + 2),
};

const folder = mkdtempSync(join(tmpdir(), 'ezmodel-certificates-'));
const upstreams = new Map<string, TlsUpstream>();
let gateway: Gateway;
let books: Books;

beforeAll(async () => {
  for (const [name, certificate] of Object.entries(CERTIFICATES)) {
    upstreams.set(name, await TlsUpstream.start(certificate));
  }
  const channel = (name: string, models: string[], priority: number) =>
    JSON.stringify({
      name,
      provider: 'anthropic',
      base_url: `https://${HERE}:${upstreamOf(name).port}`,
      api_key: API_KEY,
      models,
      priority,
    });
  const shared = new Map([
    ['expired', 0],
    ['good', 1],
  ]);
  const channels = Object.keys(CERTIFICATES).map((name) =>
    channel(name, shared.has(name) ? [name, 'either'] : [name], shared.get(name) ?? 0),
  );
  const trusted = join(folder, 'trusted.pem');
  const { 'signed-by-nobody': _untrusted, ...others } = CERTIFICATES;
  writeFileSync(
    trusted,
    Object.values(others)
      .map(({ cert }) => cert)
      .join(''),
  );
  gateway = await startGateway({
    config: `channels:\n${channels.map((line) => `  - ${line}\n`).join('')}`,
    environment: { NODE_EXTRA_CA_CERTS: trusted },
  });
  books = new Books(gateway.dataDirectory);
});

afterAll(async () => {
  books?.close();
  await gateway?.dispose();
  for (const upstream of upstreams.values()) upstream.stop();
  rmSync(folder, { recursive: true, force: true });
});

test.each(Object.keys(CERTIFICATES).filter((name) => name !== 'good'))(
  'U1 a certificate that is %s is a 502: tried once, and nothing is sent',
  async (name) => {
    const upstream = upstreamOf(name);
    for (const stream of [false, true]) {
      upstream.connections = 0;
      const answer = await gateway.messages(ask(name, stream));
      expect(expectError(answer, 502, 'api_error')).toContain('certificate');
      expect(answer.headers['x-gateway-error-source']).toBe('gateway');
      expect(answer.text).not.toContain(API_KEY);
      expect(answer.text).not.toContain(String(upstream.port));
      expect(upstream.connections).toBe(1);
      const id = answer.headers['request-id'] ?? '';
      const row = await waitFor('the row', () => books.settled(id));
      expect(row).toMatchObject({ outcome: 'error', error_kind: 'unreachable', attempts: 1, input: 0, output: 0 });
    }
    expect(upstream.requests).toBe(0);
    expect(gateway.output).not.toContain(API_KEY);
  },
);

test('U1 the next channel is tried at once, and one with a good certificate is served', async () => {
  const good = upstreamOf('good');
  for (const model of ['good', 'either']) expect((await gateway.messages(ask(model, false))).status).toBe(200);
  expect(good.requests).toBe(2);
});

test('C1 no two calls share a connection, not even where the upstream offers that', async () => {
  const good = upstreamOf('good');
  good.together = 4;
  const answers = await Promise.all(Array.from({ length: 4 }, () => gateway.messages(ask('good', false))));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  expect(good.protocols).toEqual(new Set(['http/1.1']));
  expect(good.mostSockets).toBe(4);
});

function ask(model: string, stream: boolean) {
  return { model, stream, max_tokens: 16, messages: [{ role: 'user', content: 'hi' }] };
}

function upstreamOf(name: string): TlsUpstream {
  const upstream = upstreams.get(name);
  if (!upstream) throw new Error(`there is no upstream ${name}`);
  return upstream;
}

/** An upstream behind TLS, which counts how far callers come. */
class TlsUpstream {
  connections = 0;
  requests = 0;
  /** So many requests are waited for before any is answered. */
  together = 1;
  /** Sockets on which requests have been waited for at once, at the most. */
  mostSockets = 0;
  readonly protocols = new Set<string | false | null>();
  private readonly server: Server;
  private readonly waiting = new Map<ServerResponse, Socket>();

  private constructor(certificate: SelfSigned) {
    const body = JSON.stringify(wholeMessage({ model: 'good', usage: { input: 3, output: 2 } }));
    // It would rather speak HTTP/2.
    const options = { ...certificate, ALPNProtocols: ['h2', 'http/1.1'] };
    this.server = createServer(options, (request, response) => {
      this.requests++;
      if (request.socket instanceof TLSSocket) this.protocols.add(request.socket.alpnProtocol);
      request.resume().once('end', () => {
        this.waiting.set(response, request.socket);
        this.mostSockets = Math.max(this.mostSockets, new Set(this.waiting.values()).size);
        if (this.waiting.size < this.together) return;
        for (const each of this.waiting.keys()) each.setHeader('content-type', 'application/json').end(body);
        this.waiting.clear();
      });
    });
    this.server.on('connection', () => {
      this.connections++;
    });
  }

  static async start(certificate: SelfSigned): Promise<TlsUpstream> {
    const upstream = new TlsUpstream(certificate);
    await new Promise<void>((resolve) => upstream.server.listen(0, HERE, resolve));
    return upstream;
  }

  get port(): number {
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('the upstream is not listening');
    return address.port;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}
