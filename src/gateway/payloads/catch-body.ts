import type { CaughtBody } from '../../access/payloads/document.ts';
import type { PayloadRecorder } from '../../access/payloads/recorder.ts';

/** The memory that one exchange may still take for one side of its payload, in bytes. */
export class PayloadRoom {
  /** Bytes that the recorder counts as held. */
  held = 0;
  /** Whether the recorder had no room: what was caught is then useless. */
  isLost = false;
  private left: number;
  private readonly recorder: PayloadRecorder;

  constructor(recorder: PayloadRecorder, most: number) {
    this.recorder = recorder;
    this.left = most;
  }

  /** How many of these bytes may be kept. */
  take(bytes: number): number {
    const granted = this.isLost ? 0 : Math.min(bytes, this.left);
    if (granted > 0 && !this.recorder.hold(granted)) {
      this.isLost = true;
      return 0;
    }
    this.left -= granted;
    this.held += granted;
    return granted;
  }
}

/** An empty body to catch bytes in. */
export function emptyBody(isStream: boolean): CaughtBody {
  return { bytes: 0, truncated: false, isStream, chunks: [] };
}

/**
 * Adds bytes to a body, as far as there is room; they came `at` ms after the exchange began.
 * @param stay true when the bytes keep their memory whatever is caught: they are then not copied.
 */
export function catchBytes(body: CaughtBody, bytes: Uint8Array, at: number, room: PayloadRoom, stay = false): void {
  body.bytes += bytes.length;
  const kept = room.take(bytes.length);
  if (kept < bytes.length) body.truncated = true;
  if (kept === 0) return;
  const part = bytes.subarray(0, kept);
  // Posted to the thread, a view takes all of its memory along.
  const isWhole = part.byteLength === part.buffer.byteLength;
  body.chunks.push({ at, bytes: stay && isWhole ? part : new Uint8Array(part) });
}
