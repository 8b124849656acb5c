import { GatewayError } from '../core/error.ts';
import { parseFrame, SseFrameSplitter } from '../framing/sse-frames.ts';
import type { Target } from '../routing/resolve.ts';
import type { UpstreamAnswer } from '../upstream/send.ts';
import { CallTimers } from '../upstream/timers.ts';
import { readAnswerForm, startsAsJson } from './answer-form.ts';
import type { Attempt } from './attempt.ts';
import type { ClientCall } from './call.ts';
import type { Gateway } from './gateway.ts';
import type { KeepAlive } from './keep-alive.ts';
import type { Passage } from './passage.ts';
import { readErrorBody, readWholeBody } from './read-body.ts';
import { relayStream, type StreamRelay } from './relay-stream.ts';
import type { TargetEndpoint } from './target-endpoint.ts';
import { buildUpstreamCall } from './upstream-call.ts';

/** What one attempt is made with. */
export type AttemptRun = {
  gateway: Gateway;
  call: ClientCall;
  target: Target;
  endpoint: TargetEndpoint;
  passage: Passage;
  attempt: Attempt;
  /** Present when the client wants a stream. */
  keepAlive: KeepAlive | undefined;
  /** Called with the clocks of the call once it is about to go out. */
  onStart(timers: CallTimers): void;
  /** Called when a streamed answer begins, with what formats an error that ends it. */
  onStream(tap: Pick<StreamRelay['tap'], 'fail'>): void;
  /** Called before the first content goes to the client. @throws GatewayError when another attempt had it first. */
  onCommit(): void;
  /** Headers that the answer carries beside its own. */
  answerHeaders(): Record<string, string>;
};

/**
 * Makes one attempt, to the last byte of its answer.
 * @throws GatewayError when it fails; RelayedFailure when the client has already been told.
 */
export async function runAttempt(run: AttemptRun): Promise<void> {
  const { gateway, call, target, endpoint, passage, attempt, keepAlive } = run;
  const { timeouts } = target.channel;
  // A whole answer comes when it is finished: only the total time says that it is late (U3).
  const limits = keepAlive ? timeouts : { ...timeouts, firstEvent: timeouts.total };
  const drain = endpoint.quirks.abort === 'drain' ? gateway.drains.follow(call.responder.gone) : undefined;
  const timers = new CallTimers(limits, drain?.signal ?? call.responder.gone);
  try {
    run.onStart(timers);
    const answer = await sendCall(run, timers.signal);
    attempt.headersAt = call.now();
    attempt.httpStatus = answer.status;
    attempt.answerHeaders = answer.headers;
    attempt.upstreamRequestId = answer.headers['request-id'] ?? answer.headers['x-request-id'];
    if (answer.status < 200 || answer.status >= 300) throw await readRefusal(passage, answer, gateway.now());
    if (keepAlive) await passStream(run, answer, timers, keepAlive);
    else await passWhole(run, answer);
    attempt.complete();
    if (drain?.hasBegun()) throw new GatewayError('aborted', 'The client closed the request');
  } catch (thrown) {
    // Whatever becomes of a call that nobody waits for, its client has gone.
    throw drain?.hasBegun() ? new GatewayError('aborted', 'The client closed the request', { cause: thrown }) : thrown;
  } finally {
    drain?.close();
    timers.close();
  }
}

/** Apart, so that what only the call needs is let go when it has been answered. */
function sendCall(
  { gateway, call, target, endpoint, passage, attempt }: AttemptRun,
  signal: AbortSignal,
): Promise<UpstreamAnswer> {
  const { operation } = call;
  const upstreamCall = buildUpstreamCall({ headers: passage.headers, operation, target, endpoint, passage, signal });
  upstreamCall.onConnected = (ms) => {
    attempt.connectMs = ms;
  };
  attempt.send(call.now());
  return gateway.transport.send(upstreamCall);
}

/** What an upstream's refusal means. */
export async function readRefusal(
  { upstream }: Pick<Passage, 'upstream'>,
  answer: UpstreamAnswer,
  now: number,
): Promise<GatewayError> {
  const body = await readErrorBody(answer.body);
  return upstream.client.parseError(answer.status, answer.headers, body, now);
}

async function passStream(
  run: AttemptRun,
  answer: UpstreamAnswer,
  timers: CallTimers,
  keepAlive: KeepAlive,
): Promise<void> {
  const { call, attempt, passage } = run;
  const tap = passage.tap();
  attempt.accept(tap);
  run.onStream(tap);
  const { isJson, body } = await readAnswerForm(answer.body);
  const onCommit = () => {
    run.onCommit();
    attempt.firstEventAt = call.now();
  };
  const stream = isJson ? streamOfWhole(passage, await readWholeBody(body)) : body;
  await relayStream(stream, {
    tap,
    responder: call.responder,
    timers,
    keepAlive,
    onBytes: (bytes) => {
      attempt.answerBytes += bytes;
    },
    onCommit,
    answerHeaders: run.answerHeaders,
  });
  call.responder.end();
}

/** An upstream that ignored `stream` answered in one piece: it is told as the frames it would have come in (U17). */
async function* streamOfWhole({ upstream }: Passage, body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield* upstream.relay.splitWhole(body);
}

async function passWhole(run: AttemptRun, answer: UpstreamAnswer): Promise<void> {
  const { call, attempt, passage } = run;
  const whole = await readWholeBody(answer.body);
  attempt.answerBytes = whole.length;
  const { usage, bytes } = passage.takeWhole(startsAsJson(whole) ? whole : wholeOfStream(passage, whole));
  attempt.accept({ usage, written: undefined, estimatedOutput: () => usage.output ?? 0 });
  run.onCommit();
  attempt.firstEventAt = call.now();
  call.responder.begin(200, {
    'content-type': 'application/json',
    'content-length': String(bytes.length),
    ...run.answerHeaders(),
  });
  call.responder.end(bytes);
}

/** An upstream that streamed unasked: its frames are joined to the answer that they spell (U17). */
function wholeOfStream({ upstream }: Passage, body: Uint8Array): Uint8Array {
  const splitter = new SseFrameSplitter(Number.POSITIVE_INFINITY);
  const frames = [...splitter.push(body), splitter.end()].flatMap((raw) => parseFrame(raw) ?? []);
  return upstream.relay.joinStream(frames);
}
