import { connect, type Socket } from 'node:net';

/** How one answer went: its HTTP status, and ms from sending the request. */
export type Timing = { status: number; firstByte: number; end: number };

const HEAD_END = Buffer.from('\r\n\r\n');
const LAST_CHUNK = Buffer.from('\r\n0\r\n\r\n');

type Pending = {
  sentAt: number;
  /** Whether any status will do, or only 200. */
  anyStatus: boolean;
  status: number;
  firstByte: number;
  /** Bytes of body to come; undefined while the head is incomplete, infinite for a chunked body. */
  missing: number | undefined;
  head: Buffer;
  tail: Buffer;
  resolve: (timing: Timing) => void;
  reject: (error: Error) => void;
};

/**
 * One keep-alive connection that sends prepared bytes and finds the end of each answer. It does next to nothing, so that
 * the load generator and the upstream together need less of their core than the relay under test needs of its own.
 */
export class Connection {
  readonly socket: Socket;
  private pending: Pending | undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => this.take(chunk));
    socket.on('error', (error) => this.pending?.reject(error));
    socket.on('close', () =>
      this.pending?.reject(new Error('the connection was closed before the answer was complete')),
    );
  }

  /** Connects to a port of 127.0.0.1. */
  static open(port: number): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true });
      socket.once('error', reject);
      socket.once('connect', () => resolve(new Connection(socket)));
    });
  }

  /** Sends one request and resolves when its answer is complete; unless any status will do, it must be a 200. */
  exchange(request: Buffer, anyStatus = false): Promise<Timing> {
    return new Promise((resolve, reject) => {
      const empty = Buffer.alloc(0);
      const sentAt = performance.now();
      this.pending = {
        sentAt,
        anyStatus,
        status: 0,
        firstByte: 0,
        missing: undefined,
        head: empty,
        tail: empty,
        resolve,
        reject,
      };
      this.socket.write(request);
    });
  }

  private take(chunk: Buffer): void {
    const { pending } = this;
    if (pending === undefined) return;
    if (pending.missing === undefined) this.takeHead(pending, chunk);
    else this.takeBody(pending, chunk);
  }

  private takeHead(pending: Pending, chunk: Buffer): void {
    pending.head = pending.head.length === 0 ? chunk : Buffer.concat([pending.head, chunk]);
    const end = pending.head.indexOf(HEAD_END);
    if (end === -1) return;
    const head = pending.head.toString('latin1', 0, end);
    pending.status = Number(head.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length));
    if (pending.status !== 200 && !pending.anyStatus) {
      pending.reject(new Error(`the answer was ${pending.head.toString()}`));
      return;
    }
    const length = /content-length: *(\d+)/i.exec(head)?.[1];
    pending.missing = length === undefined ? Number.POSITIVE_INFINITY : Number(length);
    const body = pending.head.subarray(end + HEAD_END.length);
    if (body.length > 0) this.takeBody(pending, body);
  }

  private takeBody(pending: Pending, chunk: Buffer): void {
    if (pending.firstByte === 0) pending.firstByte = performance.now();
    if (pending.missing === Number.POSITIVE_INFINITY) {
      const isLong = chunk.length >= LAST_CHUNK.length;
      pending.tail = isLong ? chunk : Buffer.concat([pending.tail.subarray(-LAST_CHUNK.length), chunk]);
      if (pending.tail.subarray(-LAST_CHUNK.length).equals(LAST_CHUNK)) this.finish(pending);
      return;
    }
    pending.missing = (pending.missing ?? 0) - chunk.length;
    if (pending.missing <= 0) this.finish(pending);
  }

  private finish({ sentAt, status, firstByte, resolve }: Pending): void {
    this.pending = undefined;
    resolve({ status, firstByte: firstByte - sentAt, end: performance.now() - sentAt });
  }
}
