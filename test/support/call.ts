import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { isJsonObject, type JsonObject } from '../../src/core/json.ts';
import { waitFor, within } from './wait.ts';

/** What a test sends. Headers go out as given. */
export type Outgoing = {
  method?: string;
  headers?: Record<string, string>;
  body?: Uint8Array | string | JsonObject;
};

/** A whole answer. */
export type Answer = {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
  text: string;
  /** @throws Error when the body is not a JSON object. */
  json(): JsonObject;
};

const agent = new Agent({ keepAlive: true, maxSockets: 4096 });

/** Sends a request and reads the whole answer. */
export async function call(url: string, outgoing: Outgoing = {}): Promise<Answer> {
  const stream = await openStream(url, outgoing);
  return stream.whole();
}

/** Sends a request and gives the answer as soon as its headers are there. */
export async function openStream(url: string, outgoing: Outgoing = {}): Promise<LiveAnswer> {
  const body = bytesOf(outgoing.body);
  const method = outgoing.method ?? (body ? 'POST' : 'GET');
  const length = body && !outgoing.headers?.['transfer-encoding'] ? { 'content-length': `${body.length}` } : {};
  const outgoingRequest = request(url, { method, headers: { ...length, ...outgoing.headers }, agent });
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    outgoingRequest.once('response', resolve);
    outgoingRequest.once('error', reject);
    outgoingRequest.end(body);
  });
  return new LiveAnswer(outgoingRequest, response);
}

/** An answer whose body is still coming. */
export class LiveAnswer {
  readonly status: number;
  readonly headers: Record<string, string>;
  /** Settles when the body has ended, and says how. */
  readonly ended: Promise<'complete' | 'cut'>;
  private readonly outgoing: ClientRequest;
  private readonly response: IncomingMessage;
  private readonly chunks: Buffer[] = [];

  constructor(outgoing: ClientRequest, response: IncomingMessage) {
    this.outgoing = outgoing;
    this.response = response;
    this.status = response.statusCode ?? 0;
    this.headers = Object.fromEntries(
      Object.entries(response.headers).map(([name, value]) => [name, [value].flat().join(', ')]),
    );
    response.on('data', (chunk: Buffer) => this.chunks.push(chunk));
    response.on('error', () => undefined);
    outgoing.on('error', () => undefined);
    this.ended = new Promise((resolve) => {
      response.once('close', () => resolve(response.complete ? 'complete' : 'cut'));
    });
  }

  get received(): Buffer {
    return Buffer.concat(this.chunks);
  }

  /** Waits until the body so far contains the text. */
  async until(text: string, patience?: number): Promise<void> {
    await waitFor(`"${text}" in the answer`, () => this.received.includes(text), patience);
  }

  /** Stops reading: the socket's buffers fill up. */
  pause(): void {
    this.response.pause();
  }

  resume(): void {
    this.response.resume();
  }

  /** Goes away as a client does that has lost interest. */
  abort(): void {
    this.outgoing.destroy();
  }

  async whole(patience?: number): Promise<Answer> {
    await within('the rest of the answer', this.ended, patience);
    const body = this.received;
    return { status: this.status, headers: this.headers, body, text: body.toString(), json: () => objectIn(body) };
  }
}

/** One server-sent event of an answer, its data parsed. */
export type ReceivedEvent = { event: string; data: JsonObject };

/** The events of a stream; comments are left out. Written apart from the gateway's own parser on purpose. */
export function eventsOf(text: string): ReceivedEvent[] {
  return text
    .split(/\r\n\r\n|\n\n|\r\r/)
    .map((block) => block.split(/\r\n|\n|\r/).filter((line) => line !== '' && !line.startsWith(':')))
    .filter((lines) => lines.length > 0)
    .map((lines) => ({
      event: field(lines, 'event').join(''),
      data: objectIn(Buffer.from(field(lines, 'data').join('\n'))),
    }));
}

/** Writes raw bytes to a socket and reads until the peer closes it, or until the answer is whole by its length. */
export async function rawCall(port: number, bytes: Uint8Array | string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('error', () => undefined);
  socket.on('data', (chunk) => chunks.push(chunk));
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.write(bytes);
  try {
    await within('the raw answer', Promise.race([closed, wholeAnswer(() => Buffer.concat(chunks))]));
    return Buffer.concat(chunks).toString();
  } finally {
    socket.destroy();
  }
}

async function wholeAnswer(received: () => Buffer): Promise<void> {
  await waitFor('a whole answer', () => {
    const text = received().toString('latin1');
    const [head, ...rest] = text.split('\r\n\r\n');
    const length = /\r\ncontent-length: *(\d+)/i.exec(head ?? '')?.[1];
    return length !== undefined && rest.join('\r\n\r\n').length >= Number(length);
  });
}

function field(lines: readonly string[], name: string): string[] {
  return lines.filter((line) => line.startsWith(`${name}:`)).map((line) => line.slice(name.length + 1).trimStart());
}

function bytesOf(body: Outgoing['body']): Buffer | undefined {
  if (body === undefined) return undefined;
  return typeof body === 'string' || body instanceof Uint8Array ? Buffer.from(body) : Buffer.from(JSON.stringify(body));
}

function objectIn(bytes: Buffer): JsonObject {
  const parsed: unknown = JSON.parse(bytes.toString());
  if (!isJsonObject(parsed)) throw new Error(`not a JSON object: ${bytes.toString()}`);
  return parsed;
}
