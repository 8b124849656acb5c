import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { useEffect, useRef, useState } from 'react';
import { readProblem } from './problem.ts';
import { awaitSignIn } from './session.ts';

/** Reads an answer's server-sent events to its end. Rejects when the connection breaks. */
export async function readEvents(response: Response, onEvent: (event: EventSourceMessage) => void): Promise<void> {
  if (!response.body) return;
  const parser = createParser({ onEvent });
  const decoder = new TextDecoder();
  const reader = response.body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    parser.feed(decoder.decode(part.value, { stream: true }));
  }
}

/** The first wait before a broken connection is tried again, and the longest, in ms. */
const FIRST_WAIT = 500;
const LONGEST_WAIT = 30_000;

/** Whether live events arrive. */
export type LiveState = 'connecting' | 'live' | 'waiting';

/**
 * Follows a stream of events of the admin API, such as `/admin/api/exchanges/live`; undefined follows nothing.
 * A broken connection is tried again, each time after a longer wait (with jitter), and at once when the page is shown again.
 */
export function useLiveEvents(address: string | undefined, onEvent: (event: EventSourceMessage) => void): LiveState {
  const [state, setState] = useState<LiveState>('connecting');
  const latest = useRef(onEvent);
  useEffect(() => {
    latest.current = onEvent;
  });
  useEffect(() => {
    if (address === undefined) return undefined;
    const stop = new AbortController();
    void follow(address, stop.signal, setState, (event) => latest.current(event));
    return () => stop.abort();
  }, [address]);
  return state;
}

async function follow(
  address: string,
  signal: AbortSignal,
  setState: (state: LiveState) => void,
  onEvent: (event: EventSourceMessage) => void,
): Promise<void> {
  let wait = FIRST_WAIT;
  while (!signal.aborted) {
    try {
      const response = await fetch(address, { signal, headers: { accept: 'text/event-stream' } });
      if (response.status === 401) {
        await awaitSignIn();
        continue;
      }
      if (!response.ok) throw await readProblem(response);
      setState('live');
      wait = FIRST_WAIT;
      await readEvents(response, onEvent);
    } catch {
      // Tried again below, whatever broke it.
    }
    if (signal.aborted) return;
    setState('waiting');
    await pause(wait * (0.5 + Math.random() / 2), signal);
    wait = Math.min(wait * 2, LONGEST_WAIT);
    setState('connecting');
  }
}

/** Resolves after a time, or earlier when the page is shown again or nobody waits any more. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onShown);
      resolve();
    };
    const onShown = () => document.visibilityState === 'visible' && done();
    const timer = setTimeout(done, ms);
    document.addEventListener('visibilitychange', onShown);
    signal.addEventListener('abort', done, { once: true });
  });
}
