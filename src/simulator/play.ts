import { setTimeout as pause } from 'node:timers/promises';
import type { Performance } from './faults.ts';

/** Without pacing, events travel together in chunks of about this size, as bytes do that a socket has buffered. */
const CHUNK_BYTES = 16 * 1024;

/**
 * Sends a body at its pace.
 * @throws the signal's reason once it is aborted; an Error with code `ECONNRESET` where the connection is to drop.
 */
export async function* play(performance: Performance, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const { frames, beforeFirst, between, ending } = performance;
  await wait(beforeFirst, signal);
  let first = true;
  for (const chunk of between > 0 ? frames : coalesced(frames)) {
    if (!first) await wait(between, signal);
    first = false;
    signal.throwIfAborted();
    yield chunk;
  }
  if (ending === 'cut') throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
  if (ending === 'hang') await untilAborted(signal);
}

async function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (milliseconds > 0) await pause(milliseconds, undefined, { signal });
}

/** Never resolves. */
function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = (): void => reject(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}

function* coalesced(frames: readonly Uint8Array[]): Generator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let size = 0;
  for (const frame of frames) {
    waiting.push(frame);
    size += frame.length;
    if (size < CHUNK_BYTES) continue;
    yield Buffer.concat(waiting);
    waiting = [];
    size = 0;
  }
  if (size > 0) yield Buffer.concat(waiting);
}
