import type { RelayTap } from '../core/dialect.ts';
import { GatewayError } from '../core/error.ts';
import { FrameTooLargeError, parseFrame, SseFrameSplitter } from '../framing/sse-frames.ts';
import type { CallTimers } from '../upstream/timers.ts';
import type { Responder } from './call.ts';
import { type KeepAlive, STREAM_HEADERS } from './keep-alive.ts';

/** Most bytes of one streamed answer (`reliability.md` U16). */
const MAX_STREAM_BYTES = 256 * 1024 * 1024;

/** What a stream is relayed with. */
export type StreamRelay = {
  tap: RelayTap;
  responder: Responder;
  timers: CallTimers;
  keepAlive: KeepAlive;
  /** Headers that the answer carries beside those of every stream. */
  answerHeaders(): Record<string, string>;
  /** Called with the size of each piece that the upstream sends. */
  onBytes(bytes: number): void;
  /**
   * Called when the first content is about to be sent: from here on there is no other target (law Commit).
   * @throws GatewayError when another attempt had content first.
   */
  onCommit(): void;
};

/**
 * Passes a stream on, whole events at a time and as they come. Lifecycle events are held back until the first content, so
 * that a failure before it leaves nothing behind (U9, U10).
 * @throws GatewayError when the stream fails or ends early; bytes already sent are whole events.
 */
export async function relayStream(body: AsyncIterable<Uint8Array>, relay: StreamRelay): Promise<void> {
  const passing = new PassingStream(relay);
  const splitter = new SseFrameSplitter();
  let size = 0;
  try {
    for await (const chunk of body) {
      size += chunk.length;
      relay.onBytes(chunk.length);
      if (size > MAX_STREAM_BYTES) throw new GatewayError('bad_upstream', 'The upstream did not end its stream');
      const blocked = passing.take(splitter.push(chunk));
      if (blocked !== undefined) await blocked;
      if (passing.failure) break;
    }
  } catch (thrown) {
    if (thrown instanceof FrameTooLargeError)
      throw new GatewayError('bad_upstream', 'The upstream sent an oversized event');
    // After the last event nothing can be missing: how the connection closes does not matter any more.
    if (!passing.hasEnded || relay.timers.signal.aborted) throw thrown;
  }
  await passing.finish(splitter.end());
}

class PassingStream {
  hasEnded = false;
  failure: GatewayError | undefined;
  private isCommitted = false;
  private held: Uint8Array[] = [];
  private readonly relay: StreamRelay;

  constructor(relay: StreamRelay) {
    this.relay = relay;
  }

  /** @returns a promise only when the client must take what it has got before there is more: most of the time it need not. */
  take(frames: readonly Uint8Array[]): Promise<void> | undefined {
    if (frames.length === 0) return undefined;
    const { tap, timers } = this.relay;
    const passed: Uint8Array[] = this.held;
    this.held = [];
    let hasContent = this.isCommitted;
    for (const raw of frames) {
      const { phase, bytes } = tap.take(raw);
      if (phase === 'error') {
        this.failure = failureOf(tap);
        if (!hasContent) throw this.failure;
      }
      hasContent ||= phase !== 'lifecycle';
      this.hasEnded ||= phase === 'end';
      passed.push(bytes);
      if (this.failure) break;
    }
    if (!hasContent) {
      this.held = passed;
      timers.touch();
      return undefined;
    }
    return this.send(passed);
  }

  /** @throws GatewayError when the stream ended without its last event, or with an error. */
  async finish(rest: Uint8Array): Promise<void> {
    if (this.failure) throw new RelayedFailure(this.failure);
    if (rest.length > 0) await this.takeRest(rest);
    if (!this.hasEnded) await this.takeEnd();
    if (!this.hasEnded) {
      throw new GatewayError('bad_upstream', 'The upstream closed the stream before it was complete');
    }
  }

  /** What the end of the upstream's bytes means is the dialect's to say: some end without a last event (P117). */
  private async takeEnd(): Promise<void> {
    const { phase, bytes } = this.relay.tap.end();
    if (phase === 'error') await this.failWith(bytes);
    if (phase !== 'end') return;
    this.hasEnded = true;
    await this.send([...this.held, bytes]);
  }

  /**
   * Bytes behind the last blank line: the other half of its CRLF, or something after the end, passes on; the last event
   * itself may lack its blank line; half an event is dropped (U6).
   */
  private async takeRest(rest: Uint8Array): Promise<void> {
    const { tap } = this.relay;
    if (this.hasEnded) {
      await this.send([tap.take(rest).bytes]);
      return;
    }
    if (!isWholeEvent(rest)) return;
    const { phase, bytes } = tap.take(rest);
    if (phase === 'error') await this.failWith(bytes, BLANK_LINE);
    this.hasEnded = phase === 'end';
    if (phase === 'lifecycle') return;
    await this.send([...this.held, bytes]);
    this.held = [];
  }

  /**
   * The stream's last words are an error: passed on when content has gone out before it.
   * @throws GatewayError when nothing has; RelayedFailure when the client has been told.
   */
  private async failWith(...frames: readonly Uint8Array[]): Promise<never> {
    const failure = failureOf(this.relay.tap);
    if (!this.isCommitted) throw failure;
    await this.send(frames);
    throw new RelayedFailure(failure);
  }

  private send(frames: readonly Uint8Array[]): Promise<void> | undefined {
    const { responder, timers, keepAlive, onCommit } = this.relay;
    if (!this.isCommitted) {
      onCommit();
      this.isCommitted = true;
      if (!responder.hasBegun()) responder.begin(200, { ...STREAM_HEADERS, ...this.relay.answerHeaders() });
    }
    keepAlive.sent();
    const bytes = joined(frames);
    const blocked = bytes.length === 0 ? undefined : responder.write(bytes);
    if (blocked !== undefined) return this.waitFor(blocked);
    timers.touch();
    return undefined;
  }

  private async waitFor(blocked: Promise<void>): Promise<void> {
    const { timers, keepAlive } = this.relay;
    timers.pause();
    keepAlive.setBlocked(true);
    await blocked;
    keepAlive.setBlocked(false);
    timers.touch();
  }
}

/** The stream failed with an error event that has been passed on: the client knows, the books must. */
export class RelayedFailure extends Error {
  override readonly name = 'RelayedFailure';
  readonly error: GatewayError;

  constructor(error: GatewayError) {
    super(error.message);
    this.error = error;
  }
}

function failureOf({ error }: RelayTap): GatewayError {
  return error ?? new GatewayError('upstream_error', 'The upstream reported an error');
}

/** Ends an event that the upstream left without its end. */
const BLANK_LINE = Buffer.from('\n\n');

/** Whether an event is complete although no blank line follows it: its payload is whole JSON, or the word that ends a stream. */
function isWholeEvent(bytes: Uint8Array): boolean {
  const data = parseFrame(bytes)?.data ?? '';
  if (data === '[DONE]') return true;
  try {
    JSON.parse(data);
    return true;
  } catch {
    return false;
  }
}

/** Events that came in one chunk lie side by side in memory and need no copy. */
function joined(frames: readonly Uint8Array[]): Uint8Array {
  const [first] = frames;
  const last = frames.at(-1);
  if (!first || !last) return new Uint8Array(0);
  if (frames.length === 1) return first;
  const isContiguous = frames.every((frame, index) => {
    const previous = frames[index - 1];
    return (
      !previous || (previous.buffer === frame.buffer && previous.byteOffset + previous.length === frame.byteOffset)
    );
  });
  if (!isContiguous) return Buffer.concat(frames);
  return new Uint8Array(first.buffer, first.byteOffset, last.byteOffset + last.length - first.byteOffset);
}
