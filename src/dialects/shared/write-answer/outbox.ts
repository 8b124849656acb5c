import type { Frame } from '../../../core/dialect.ts';
import { encodeFrame } from '../../../framing/sse-frames.ts';

/** What keeps a silent stream alive: a comment, since OpenAI's clients read every `data` line as JSON (P49, P108). */
export const KEEP_ALIVE = encodeComment('keep-alive');

/** Bytes of nothing. */
export const NOTHING = new Uint8Array(0);

function encodeComment(text: string): Uint8Array {
  return new TextEncoder().encode(`: ${text}\n\n`);
}

/** Collects the frames that one event gives rise to. */
export class Outbox {
  private frames: Uint8Array[] = [];

  add(frame: Frame): void {
    this.frames.push(encodeFrame(frame));
  }

  /** All frames since the last call, as one piece. */
  take(): Uint8Array {
    const { frames } = this;
    this.frames = [];
    const [only] = frames;
    return frames.length === 1 && only ? only : Buffer.concat(frames);
  }
}
