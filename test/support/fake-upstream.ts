import { createServer, type Server, type Socket } from 'node:net';
import { isJsonObject, type JsonObject, stringAt } from '../../src/core/json.ts';
import type { TrueUsage } from './anthropic-stream.ts';
import { chunked, headerOf, LAST_CHUNK, RequestReader, type WireRequest } from './http-wire.ts';
import { waitFor } from './wait.ts';

/** Who ended the connection of a call. */
export type ClosedBy = 'gateway' | 'upstream';

/** One call as the upstream saw it. Times are of the monotonic clock, in ms. */
export type UpstreamCall = WireRequest & {
  /** From 1, in the order of arrival; also the number in its `request-id`. */
  number: number;
  /** Undefined when the body is not a JSON object. */
  json: JsonObject | undefined;
  /** Why the call was refused with a 400, as the real API would have. */
  refusal: string | undefined;
  header(name: string): string | undefined;
  /** What was billed for it; undefined until the script says so. */
  billed: TrueUsage | undefined;
  closedAt: number | undefined;
  closedBy: ClosedBy | undefined;
  /** Settles when the connection has ended, whoever ended it. */
  closed: Promise<void>;
};

/** The upstream's side of one call: the script writes whatever it likes, right or wrong. */
export class UpstreamReply {
  readonly call: UpstreamCall;
  readonly socket: Socket;
  private readonly rules: UpstreamRules;
  private readonly markClosing: () => void;

  constructor(call: UpstreamCall, socket: Socket, rules: UpstreamRules, markClosing: () => void) {
    this.rules = rules;
    this.call = call;
    this.socket = socket;
    this.markClosing = markClosing;
  }

  /** Writes bytes as they are; settles when the socket took them, or is gone. */
  raw(bytes: Uint8Array | string): Promise<void> {
    if (this.socket.destroyed) return Promise.resolve();
    return new Promise((resolve) => this.socket.write(bytes, () => resolve()));
  }

  /** A status line and headers; `request-id` is there unless the script sets its own. */
  head(status: number, headers: Record<string, string | string[]>): Promise<void> {
    const all = { 'request-id': `req_upstream${this.call.number}`, ...headers };
    const lines = Object.entries(all).flatMap(([name, value]) => [value].flat().map((one) => `${name}: ${one}`));
    return this.raw(`HTTP/1.1 ${status} Scripted\r\n${lines.join('\r\n')}\r\n\r\n`);
  }

  /** Status, headers and a whole body with its length. */
  async whole(
    status: number,
    body: Uint8Array | string,
    headers: Record<string, string | string[]> = {},
  ): Promise<void> {
    const bytes = Buffer.from(body);
    await this.head(status, { 'content-type': 'application/json', 'content-length': `${bytes.length}`, ...headers });
    await this.raw(bytes);
  }

  json(status: number, body: JsonObject, headers: Record<string, string | string[]> = {}): Promise<void> {
    return this.whole(status, JSON.stringify(body), headers);
  }

  /** An error in the shape of the API that this upstream is. */
  error(status: number, type: string, message: string, headers: Record<string, string> = {}): Promise<void> {
    return this.json(status, this.rules.errorBody(type, message, this.call.number), headers);
  }

  /** The headers of a stream, chunked. */
  streamHead(headers: Record<string, string> = {}): Promise<void> {
    return this.head(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
      'transfer-encoding': 'chunked',
      ...headers,
    });
  }

  /** One chunk of a stream. */
  chunk(bytes: Uint8Array): Promise<void> {
    return bytes.length === 0 ? Promise.resolve() : this.raw(chunked(bytes));
  }

  /** Ends a stream cleanly. */
  endChunks(): Promise<void> {
    return this.raw(LAST_CHUNK);
  }

  /** A whole stream, chunk by chunk. */
  async stream(chunks: readonly Uint8Array[], headers: Record<string, string> = {}): Promise<void> {
    await this.streamHead(headers);
    for (const chunk of chunks) await this.chunk(chunk);
    await this.endChunks();
  }

  bill(usage: TrueUsage): void {
    this.call.billed = usage;
  }

  /** Closes the connection with FIN, whatever has been sent. */
  cut(): void {
    this.markClosing();
    this.socket.end();
  }

  /** Closes the connection with RST. */
  reset(): void {
    this.markClosing();
    this.socket.resetAndDestroy();
  }
}

/** Answers one call. */
export type Script = (reply: UpstreamReply) => void | Promise<void>;

/** Which API a fake upstream is: what it refuses, and how it says so. */
export type UpstreamRules = {
  /** Why the real API would refuse a request; a text that begins with the name of the credential header is a 401. */
  refusalOf(request: WireRequest, json: JsonObject | undefined, apiKey: string): string | undefined;
  errorBody(type: string, message: string, callNumber: number): JsonObject;
};

/**
 * A scripted upstream on raw sockets; Anthropic's unless told otherwise. It refuses what the real API would refuse, records every byte that it
 * receives, and remembers what it billed.
 */
export class FakeUpstream {
  /** Every call, refused ones included. */
  readonly calls: UpstreamCall[] = [];
  /** Answers calls for which nothing is queued. */
  fallback: Script = (reply) => reply.error(500, 'api_error', 'no script for this call');
  readonly apiKey: string;
  private readonly rules: UpstreamRules;
  private readonly queue: Script[] = [];
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  constructor(apiKey: string, rules: UpstreamRules) {
    this.apiKey = apiKey;
    this.rules = rules;
    this.server = createServer((socket) => this.serve(socket));
  }

  /** Starts one on a free port. */
  static async start(
    apiKey = 'sk-ant-fake-upstream-credential',
    rules: UpstreamRules = ANTHROPIC_RULES,
  ): Promise<FakeUpstream> {
    const upstream = new FakeUpstream(apiKey, rules);
    await new Promise<void>((resolve) => upstream.server.listen(0, '127.0.0.1', resolve));
    return upstream;
  }

  get port(): number {
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('the fake upstream is not listening');
    return address.port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** How many connections are open now. */
  get openConnections(): number {
    return this.sockets.size;
  }

  /** Queues scripts for the next calls, one each. */
  next(...scripts: Script[]): void {
    this.queue.push(...scripts);
  }

  /** Forgets calls and scripts; connections stay. */
  reset(): void {
    this.calls.length = 0;
    this.queue.length = 0;
  }

  /** The call with this number, once it has arrived. */
  arrived(count = 1): Promise<UpstreamCall> {
    return waitFor(`upstream call ${count}`, () => this.calls[count - 1]);
  }

  /** The only call since the last reset. */
  onlyCall(): UpstreamCall {
    const [call, ...others] = this.calls;
    if (!call || others.length > 0) throw new Error(`expected one upstream call, saw ${this.calls.length}`);
    return call;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private serve(socket: Socket): void {
    this.sockets.add(socket);
    const reader = new RequestReader();
    const connection = { closing: false };
    const callsHere: UpstreamCall[] = [];
    const { promise: closed, resolve: markClosed } = Promise.withResolvers<void>();
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      for (const request of reader.push(chunk)) {
        const call = this.record(request, closed);
        callsHere.push(call);
        const markClosing = () => {
          connection.closing = true;
        };
        void this.answer(new UpstreamReply(call, socket, this.rules, markClosing));
      }
    });
    socket.on('end', () => socket.end());
    socket.on('close', () => {
      this.sockets.delete(socket);
      for (const call of callsHere) {
        call.closedAt = performance.now();
        call.closedBy = connection.closing ? 'upstream' : 'gateway';
      }
      markClosed();
    });
  }

  private record(request: WireRequest, closed: Promise<void>): UpstreamCall {
    const json = parseObject(request.body);
    const call: UpstreamCall = {
      ...request,
      number: this.calls.length + 1,
      json,
      refusal: this.rules.refusalOf(request, json, this.apiKey),
      header: (name) => headerOf(request.rawHeaders, name),
      billed: undefined,
      closedAt: undefined,
      closedBy: undefined,
      closed,
    };
    this.calls.push(call);
    return call;
  }

  private async answer(reply: UpstreamReply): Promise<void> {
    const script = this.queue.shift() ?? this.fallback;
    const { refusal } = reply.call;
    if (refusal === undefined) return script(reply);
    const status = /^(?:x-api-key|authorization)/.test(refusal) ? 401 : 400;
    return reply.error(status, status === 401 ? 'authentication_error' : 'invalid_request_error', refusal);
  }
}

const PATHS = new Map([
  ['/v1/messages', ['model', 'messages', 'max_tokens']],
  ['/v1/messages/count_tokens', ['model', 'messages']],
]);

const API_VERSIONS = ['2023-06-01', '2026-10-21'];

/** What the real API would say against this request (`anthropic-surface.md` §1, §2, §4); undefined when nothing. */
function refusalOf(request: WireRequest, json: JsonObject | undefined, apiKey: string): string | undefined {
  const required = PATHS.get(request.target.split('?')[0] ?? '');
  if (request.method !== 'POST' || !required) return `no route for ${request.method} ${request.target}`;
  if (headerOf(request.rawHeaders, 'x-api-key') !== apiKey) return 'x-api-key: invalid';
  if (headerOf(request.rawHeaders, 'authorization') !== undefined) return 'authorization: must not be sent as well';
  const version = headerOf(request.rawHeaders, 'anthropic-version');
  if (version === undefined) return 'anthropic-version: header is required';
  if (!API_VERSIONS.includes(version)) return `anthropic-version: "${version}" is not a valid version`;
  if (!headerOf(request.rawHeaders, 'content-type')?.startsWith('application/json'))
    return 'content-type: must be JSON';
  if (headerOf(request.rawHeaders, 'content-encoding') !== undefined) return 'content-encoding: unexpected';
  if (!headerOf(request.rawHeaders, 'host')) return 'host: missing';
  if (!json) return 'body: not a JSON object';
  const missing = required.find((field) => json[field] === undefined);
  if (missing !== undefined) return `${missing}: Field required`;
  if (stringAt(json, 'model') === undefined) return 'model: Input should be a valid string';
  return Array.isArray(json['messages']) ? undefined : 'messages: Input should be a valid array';
}

/** Anthropic's Messages API. */
export const ANTHROPIC_RULES: UpstreamRules = {
  refusalOf,
  errorBody: (type, message, callNumber) => ({
    type: 'error',
    error: { type, message },
    request_id: `req_upstream${callNumber}`,
  }),
};

function parseObject(body: Buffer): JsonObject | undefined {
  try {
    const parsed: unknown = JSON.parse(body.toString());
    return isJsonObject(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}
