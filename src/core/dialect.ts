import type { GatewayError } from './error.ts';
import type { StreamEvent } from './event.ts';
import type { Json, JsonObject } from './json.ts';
import type { LimitStatus } from './limit.ts';
import type { Loss } from './loss.ts';
import type { Message, MessagesRequest } from './message.ts';
import type { ModelFacts } from './model.ts';
import type { OpaqueEnvelope } from './opaque.ts';
import type { Quirks } from './quirks.ts';
import type { Usage } from './usage.ts';
import type { TextRates, WrittenText } from './written-text.ts';

/** The wire formats that EZModel speaks; one folder of `dialects/` each. */
export type DialectId = 'anthropic-messages' | 'openai-chat' | 'openai-responses';

/** What a client asks of a dialect: an answer, or only the size of its prompt. */
export type Operation = 'generate' | 'count_tokens';

/** What codecs need of the world, handed in so that they stay pure. */
export type CodecTools = {
  /** Unix ms. */
  now(): number;
  /** A fresh id: `prefix_…`. */
  newId(prefix: string): string;
  /** SHA-256 of a text, 64 lower-case hex digits: ids that must always come out the same are made of it. */
  hash(text: string): string;
  envelope: OpaqueEnvelope;
};

/** One server-sent event: `event` is its name (empty when the stream named none), `data` its payload. */
export type Frame = { event: string; data: string };

/** A request body as far as routing needs it. */
export type RequestPeek = { model: string; stream: boolean };

/** One change to a raw JSON body: the value at a path of object keys is replaced; a missing last key is added. */
export type Edit = { path: readonly string[]; value: Json };

/** An HTTP answer before it has met a socket. */
export type WireResponse = { status: number; headers: Record<string, string>; body: Uint8Array };

/** Turns wire frames of one stream into canonical events; synchronous, one per stream. */
export type StreamDecoder = {
  push(frame: Frame): StreamEvent[];
  /** The events that only the end of the stream brings; a cut stream gives an `error` event. */
  end(): StreamEvent[];
  /** What the upstream has reported so far: figures for the bill, without estimates. */
  readonly usage: Usage;
};

/** Turns canonical events into the bytes of one stream; synchronous, one per stream. */
export type StreamEncoder = {
  push(event: StreamEvent): Uint8Array;
  end(): Uint8Array;
  /** The error as the last event of this stream, however far it has come. */
  fail(error: GatewayError, requestId: string): Uint8Array;
};

/** Takes the losses of an answer; those of a request are returned with it. */
export type LossSink = (loss: Loss) => void;

/** A request in canonical form, and what the conversion to it has cost. */
export type ParsedRequest = { request: MessagesRequest; losses: Loss[] };

/** What an answer is formed with. */
export type Answering = {
  /** The canonical request: its tools say how calls are named and typed. */
  request: MessagesRequest;
  /** The body as the client sent it; some formats echo it. */
  body: JsonObject;
  /** The name under which the client knows the model. */
  model: string;
  tools: CodecTools;
  report: LossSink;
};

/** We are the server: the dialect as our clients speak it. */
export type ServerCodec = {
  /**
   * Checks the types that routing and relay rely on and leaves the rest to the upstream.
   * @throws GatewayError `invalid_request` naming the field.
   */
  checkRequest(body: JsonObject, operation: Operation): void;
  /**
   * The canonical form of a checked body, for upstreams of another dialect.
   * @throws GatewayError `invalid_request` naming the field that no other dialect can carry.
   */
  parseRequest(body: JsonObject, operation: Operation, tools: CodecTools): ParsedRequest;
  formatResponse(message: Message, answering: Answering): Uint8Array;
  streamEncoder(answering: Answering): StreamEncoder;
  /** The answer to `count_tokens`. */
  formatCount(inputTokens: number): Uint8Array;
  /** The error as a whole answer, before any byte has gone out. */
  formatError(error: GatewayError, requestId: string): WireResponse;
  /** The error as the only event of a stream whose headers have gone out. */
  formatStreamError(error: GatewayError, requestId: string): Uint8Array;
  /** Where the caller's limits stand, as headers of any answer. @param now Unix ms. */
  formatLimits(limits: readonly LimitStatus[], now: number): Record<string, string>;
  /** What keeps a silent stream alive: harmless before the first event, and after it. */
  keepAlive: { beforeFirstEvent: Uint8Array; afterFirstEvent: Uint8Array };
};

/** What a request is formed for. */
export type TargetContext = {
  /** The upstream's name of the model. */
  model: string;
  /** Whose opaque state may go there (`OpaqueState.origin`). */
  provider: string;
  /** Undefined for a model that the provider's table does not hold. */
  facts: ModelFacts | undefined;
  quirks: Quirks;
  operation: Operation;
  tools: CodecTools;
  report: LossSink;
};

/** What an answer is read with: made with the request that it answers. */
export type Reading = {
  model: string;
  provider: string;
  quirks: Quirks;
  tools: CodecTools;
  /** From the tool names that went upstream to the caller's own, where they differ. */
  toolNames: ReadonlyMap<string, string>;
  /** Stop sequences that the upstream was not told, to be looked for in its text. */
  emulatedStops: readonly string[];
  /** Tokens of input to show until the upstream says (P11). */
  estimatedInput: number;
  report: LossSink;
};

/** A request on its way to an upstream of another dialect. */
export type FormattedRequest = { body: Uint8Array; losses: Loss[]; reading: Reading };

/** We are the client: the dialect as an upstream speaks it. */
export type ClientCodec = {
  /** Headers that every call carries beside its credential, lower-case names. */
  headers: Readonly<Record<string, string>>;
  /** @throws GatewayError `invalid_request` naming the field that this upstream cannot take. */
  formatRequest(request: MessagesRequest, target: TargetContext): FormattedRequest;
  /** @throws GatewayError `bad_upstream` when the body is not an answer; what an error under a 200 stands for. */
  parseResponse(body: Uint8Array, reading: Reading): { message: Message; usage: Usage };
  streamDecoder(reading: Reading): StreamDecoder;
  /** Tokens of an answer to `count_tokens`. @throws GatewayError `bad_upstream`. */
  parseCount(body: Uint8Array): number;
  /** What an upstream's refusal means; `headers` have lower-case names, `now` is Unix ms. */
  parseError(status: number, headers: Record<string, string>, body: Uint8Array, now: number): GatewayError;
};

/** Where a frame stands in the life of a stream: the commit law needs no more than this. */
export type FramePhase = 'lifecycle' | 'content' | 'end' | 'error';

/** What became of a frame: where it stands, and the bytes to pass on, which may be none. */
export type PassedFrame = { phase: FramePhase; bytes: Uint8Array };

/** Watches the raw frames of one relayed stream and parses only those that carry usage, an end or an error. */
export type RelayTap = {
  /** @returns the phase, and the bytes to pass on: `raw` itself but for the names that `RelayNames` asks to put in. */
  take(raw: Uint8Array): PassedFrame;
  /**
   * What the end of the stream brings: phase `end`, with what is still to be sent, when the answer turns out complete
   * without a last frame (P117); otherwise `lifecycle` and no bytes.
   */
  end(): PassedFrame;
  /** Usage seen so far. */
  readonly usage: Usage;
  /** What the model has written so far. */
  readonly written: WrittenText;
  /**
   * Output tokens that the streamed text suggests, for streams cut before their usage (`reliability.md` §2.4).
   * @param rates of the model; those of any other where they are left out.
   */
  estimatedOutput(rates?: TextRates): number;
  /** The error that an `error` frame carried, once `take` said so. */
  readonly error: GatewayError | undefined;
  /** An error of ours as the last event of this stream, however far it has come. */
  fail(error: GatewayError, requestId: string): Uint8Array;
};

/** Which upstream a relayed body goes to. */
export type RelayTarget = {
  provider: string;
  quirks: Quirks;
  envelope: OpaqueEnvelope;
  /** Whether the body holds the mark of a sealed state anywhere; without it nobody need look. */
  mayHoldSealed: boolean;
};

/** Same dialect on both sides: bytes pass through, looked at but not rewritten (law Relay). */
export type RelayCodec = {
  /**
   * Reads what routing needs from a body that `scanJson` accepted.
   * @throws GatewayError `invalid_request` naming the field.
   */
  peek(body: JsonObject): RequestPeek;
  splice(body: Uint8Array, edits: readonly Edit[]): Uint8Array;
  /**
   * The listed edits of law Relay beside the model's name: what metering needs (`stream_options.include_usage`), and sealed
   * state of other upstreams, which must not arrive (P7).
   */
  edits(body: JsonObject, target: RelayTarget): Edit[];
  tap(names: RelayNames): RelayTap;
  /**
   * A whole (not streamed) answer: its usage, and the bytes to pass on.
   * @throws GatewayError `bad_upstream` when the body is not an answer.
   */
  takeResponse(body: Uint8Array, names: RelayNames): { usage: Usage; bytes: Uint8Array };
  /**
   * The whole answer that a stream spells, for an upstream that streamed unasked (U17).
   * @throws GatewayError `bad_upstream` when the stream is cut or is no answer.
   */
  joinStream(frames: readonly Frame[]): Uint8Array;
  /**
   * The frames that a whole answer would have come in, for an upstream that ignored `stream` (U17).
   * @throws GatewayError `bad_upstream` when the body is not an answer; what an error under a 200 stands for.
   */
  splitWhole(body: Uint8Array): Uint8Array[];
};

/** The names under which the client knows what the upstream names otherwise, and what is to be told of the answer. */
export type RelayNames = {
  /** Our id, in place of the upstream's in an error. */
  requestId: string;
  /** The name to answer with, when the target knows the model by another. */
  publicModel: string | undefined;
  /** The body as the client sent it: it says which frames the client did not ask for. */
  body: JsonObject;
  /** How the upstream counts. */
  quirks: Pick<Quirks, 'reasoningOutsideOutput'>;
  /** Told of each state in the answer that its maker alone can read or holds: its text as the client gets it, or its id. */
  onState(text: string): void;
};

/** A wire format: how it is served, how it is called, and how it is passed through. */
export type Dialect = {
  id: DialectId;
  /** A header without which a request is refused, lower case. */
  requiredHeader: string | undefined;
  /** Prefix of the ids of its answers. */
  answerIdPrefix: string;
  server: ServerCodec;
  client: ClientCodec;
  relay: RelayCodec;
};
