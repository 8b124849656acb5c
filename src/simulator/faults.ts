import type { SimulatedFault } from '../core/model.ts';
import { encodeEvent } from '../dialects/anthropic-messages/event-frames.ts';
import { RequestRefused } from './refusal.ts';

/** How a body is sent: what, how fast, and how it ends. Times in ms. */
export type Performance = {
  frames: readonly Uint8Array[];
  beforeFirst: number;
  between: number;
  /** `clean`: the body ends. `cut`: the connection drops. `hang`: nothing more ever comes. */
  ending: 'clean' | 'cut' | 'hang';
};

/** HTTP status of a fault that streams carry as an event, for answers that are not streamed. */
const STATUS_OF_TYPE: Readonly<Record<string, number>> = {
  overloaded_error: 529,
  rate_limit_error: 429,
  api_error: 500,
};

/**
 * Refuses the request if that is what the model's fault is.
 * @throws RequestRefused with the fault's status; for a fault inside streams only when the answer is not streamed.
 */
export function refuseByFault(fault: SimulatedFault | undefined, streamed: boolean): void {
  if (fault?.kind === 'error') {
    const { status, type, message, retryAfter } = fault;
    throw new RequestRefused(status, type, message, retryAfter === undefined ? {} : { retryAfter });
  }
  if (fault?.kind === 'stream-error' && !streamed) {
    throw new RequestRefused(STATUS_OF_TYPE[fault.type] ?? 500, fault.type, fault.message);
  }
}

/** The events of a stream as the model's fault lets them through. */
export function performStream(
  frames: readonly Uint8Array[],
  pacing: number,
  fault: SimulatedFault | undefined,
): Performance {
  const plain: Performance = { frames, beforeFirst: 0, between: pacing, ending: 'clean' };
  switch (fault?.kind) {
    case undefined:
    case 'error':
      return plain;
    case 'slow':
      return { ...plain, beforeFirst: fault.firstEventMs, between: fault.betweenEventsMs };
    case 'cut':
    case 'hang':
      return { ...plain, frames: frames.slice(0, fault.afterEvents), ending: fault.kind };
    case 'stream-error': {
      const error = encodeEvent({ type: 'error', error: { type: fault.type, message: fault.message } });
      return { ...plain, frames: [...frames.slice(0, fault.afterEvents), error] };
    }
    case 'bad-json':
      return { ...plain, frames: frames.map((frame, index) => (index === fault.atEvent ? brokenFrame(frame) : frame)) };
    default:
      return fault satisfies never;
  }
}

/** A whole answer as the model's fault lets it through: half of it before a cut, none before a hang. */
export function performWhole(body: Uint8Array, fault: SimulatedFault | undefined): Performance {
  const plain: Performance = { frames: [body], beforeFirst: 0, between: 0, ending: 'clean' };
  switch (fault?.kind) {
    case 'slow':
      return { ...plain, beforeFirst: fault.firstEventMs };
    case 'cut':
      return { ...plain, frames: [half(body)], ending: 'cut' };
    case 'hang':
      return { ...plain, frames: [], ending: 'hang' };
    case 'bad-json':
      return { ...plain, frames: [half(body)] };
    default:
      return plain;
  }
}

/** The event keeps its name and its end, but its JSON stops half way. */
function brokenFrame(frame: Uint8Array): Uint8Array {
  return Buffer.concat([half(frame), Buffer.from('\n\n')]);
}

function half(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, Math.ceil(bytes.length / 2));
}
