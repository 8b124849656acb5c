import type { GatewayError } from './error.ts';
import type { StreamEvent } from './event.ts';
import type { JsonObject } from './json.ts';
import type { Message, MessagesRequest } from './message.ts';
import type { Usage } from './usage.ts';

/** The wire formats that EZModel speaks; one folder of `dialects/` each. */
export type DialectId = 'anthropic-messages';

/** What a client asks of a dialect: an answer, or only the size of its prompt. */
export type Operation = 'generate' | 'count_tokens';

/** One field that a conversion changed, emulated or dropped (law Loss). */
export type Loss = { code: string; field: string };

/** One server-sent event: `event` is its name (empty when the stream named none), `data` its payload. */
export type Frame = { event: string; data: string };

/** A request body as far as routing needs it. */
export type RequestPeek = { model: string; stream: boolean };

/** One change to a raw JSON body: the value at a path of object keys is replaced; a missing last key is added. */
export type Edit = { path: readonly string[]; value: string | number | boolean | null };

/** An HTTP answer before it has met a socket. */
export type WireResponse = { status: number; headers: Record<string, string>; body: Uint8Array };

/** Turns wire frames of one stream into canonical events; synchronous, one per stream. */
export type StreamDecoder = {
  push(frame: Frame): StreamEvent[];
  /** The events that only the end of the stream brings; a cut stream gives an `error` event. */
  end(): StreamEvent[];
};

/** Turns canonical events into the bytes of one stream; synchronous, one per stream. */
export type StreamEncoder = { push(event: StreamEvent): Uint8Array; end(): Uint8Array };

/** We are the server: the dialect as our clients speak it. */
export type ServerCodec = {
  /**
   * Checks the types of every field the gateway knows and leaves the rest alone.
   * @throws GatewayError `invalid_request` naming the field.
   */
  parseRequest(body: JsonObject, operation: Operation): { request: MessagesRequest; losses: Loss[] };
  formatResponse(message: Message): Uint8Array;
  streamEncoder(): StreamEncoder;
  /** The error as a whole answer, before any byte has gone out. */
  formatError(error: GatewayError, requestId: string): WireResponse;
  /** The error as the last event of a stream that has begun. */
  formatStreamError(error: GatewayError, requestId: string): Uint8Array;
  /** What keeps a silent stream alive: harmless before the first event, and after it. */
  keepAlive: { beforeFirstEvent: Uint8Array; afterFirstEvent: Uint8Array };
};

/** We are the client: the dialect as an upstream speaks it. */
export type ClientCodec = {
  formatRequest(request: MessagesRequest): { body: Uint8Array; losses: Loss[] };
  /** @throws GatewayError `bad_upstream` when the body is not a message. */
  parseResponse(body: Uint8Array): Message;
  streamDecoder(): StreamDecoder;
  /** What an upstream's refusal means; `headers` have lower-case names, `now` is Unix ms. */
  parseError(status: number, headers: Record<string, string>, body: Uint8Array, now: number): GatewayError;
};

/** Where a frame stands in the life of a stream: the commit law needs no more than this. */
export type FramePhase = 'lifecycle' | 'content' | 'end' | 'error';

/** Watches the raw frames of one relayed stream and parses only those that carry usage, an end or an error. */
export type RelayTap = {
  /** @returns the phase, and the bytes to pass on: `raw` itself but for the names that `RelayNames` asks to put in. */
  take(raw: Uint8Array): { phase: FramePhase; bytes: Uint8Array };
  /** Usage seen so far. */
  readonly usage: Usage;
  /** Output tokens that the streamed text suggests, for streams cut before their usage (`reliability.md` §2.4). */
  estimatedOutput(): number;
  /** The error that an `error` frame carried, once `take` said so. */
  readonly error: GatewayError | undefined;
};

/** Same dialect on both sides: bytes pass through, looked at but not rewritten (law Relay). */
export type RelayCodec = {
  /**
   * Reads what routing needs from a body that `scanJson` accepted.
   * @throws GatewayError `invalid_request` naming the field.
   */
  peek(body: JsonObject): RequestPeek;
  splice(body: Uint8Array, edits: readonly Edit[]): Uint8Array;
  tap(names: RelayNames): RelayTap;
  /**
   * A whole (not streamed) answer: its usage, and the bytes to pass on.
   * @throws GatewayError `bad_upstream` when the body is not an answer.
   */
  takeResponse(body: Uint8Array, names: RelayNames): { usage: Usage; bytes: Uint8Array };
};

/** The names under which the client knows what the upstream names otherwise. */
export type RelayNames = {
  /** Our id, in place of the upstream's in an error. */
  requestId: string;
  /** The name to answer with, when the target knows the model by another. */
  publicModel: string | undefined;
};

/** A wire format: how it is served, how it is called, and how it is passed through. */
export type Dialect = {
  id: DialectId;
  /** A header without which a request is refused, lower case. */
  requiredHeader: string | undefined;
  server: ServerCodec;
  client: ClientCodec;
  relay: RelayCodec;
};
