import { callGateway } from '../../api/data-plane.ts';
import { readEvents } from '../../api/event-stream.ts';
import { readProblem } from '../../api/problem.ts';
import { type Ask, type Dialect, SPEECH } from './dialects.ts';
import { type Added, errorIn, join, READ_EVENT, READ_WHOLE, usageIn } from './read-answer.ts';

/** An event as it came. */
export type Received = { id: number; atMs: number; name: string; data: string };

/** One request and what has come of it so far. */
export type Run = {
  dialect: Dialect;
  path: string;
  request: string;
  state: 'running' | 'done' | 'failed' | 'stopped';
  status: number | undefined;
  requestId: string | undefined;
  losses: string | undefined;
  answer: Added;
  events: readonly Received[];
  /** The body of an answer that was not streamed. */
  body: string | undefined;
  usage: unknown;
  firstEventMs: number | undefined;
  totalMs: number | undefined;
  error: Error | undefined;
};

/** Sends what is asked, and tells of every step. Never rejects: failures are part of the run. */
export async function start(
  dialect: Dialect,
  ask: Ask,
  key: string,
  signal: AbortSignal,
  onChange: (run: Run) => void,
): Promise<Run> {
  const { path, write } = SPEECH[dialect];
  const began = performance.now();
  const since = (): number => performance.now() - began;
  const events: Received[] = [];
  let run: Run = {
    ...{ dialect, path, request: JSON.stringify(write(ask), null, 2), state: 'running' },
    ...{ status: undefined, requestId: undefined, losses: undefined, body: undefined, usage: undefined },
    ...{ answer: join([]), events, firstEventMs: undefined, totalMs: undefined, error: undefined },
  };
  let frame: number | undefined;
  // Events come faster than pages are drawn: once a frame is enough, and the end is told at once.
  const change = (changed: Partial<Run>): void => {
    run = { ...run, ...changed };
    if (run.state !== 'running') {
      if (frame !== undefined) cancelAnimationFrame(frame);
      onChange(run);
    } else {
      frame ??= requestAnimationFrame(() => {
        frame = undefined;
        onChange(run);
      });
    }
  };
  onChange(run);
  try {
    const response = await callGateway(path, key, run.request, signal);
    change({
      status: response.status,
      requestId: response.headers.get('request-id') ?? undefined,
      losses: response.headers.get('x-ezmodel-losses') ?? undefined,
    });
    if (!response.ok) throw await readProblem(response);
    if (ask.stream) {
      await readEvents(response, ({ event = 'message', data }) => {
        const value = parse(data);
        const failure = errorIn(value);
        events.push({ id: events.length, atMs: since(), name: event, data });
        change({
          answer: join([run.answer, READ_EVENT[dialect](value)]),
          usage: usageIn(value) ?? run.usage,
          firstEventMs: run.firstEventMs ?? since(),
          ...(failure !== undefined && { error: new Error(failure) }),
        });
      });
    } else {
      const body = await response.text();
      const value = parse(body);
      change({ body, answer: READ_WHOLE[dialect](value), usage: usageIn(value), firstEventMs: since() });
    }
    change({ state: run.error ? 'failed' : 'done', totalMs: since() });
  } catch (error) {
    if (signal.aborted) change({ state: 'stopped', totalMs: since() });
    else
      change({ state: 'failed', totalMs: since(), error: error instanceof Error ? error : new Error(String(error)) });
  }
  return run;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
