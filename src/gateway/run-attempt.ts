import { GatewayError } from '../core/error.ts';
import { fold, unfold } from '../core/event.ts';
import { parseFrame, SseFrameSplitter } from '../framing/sse-frames.ts';
import type { Target } from '../routing/resolve.ts';
import type { UpstreamAnswer } from '../upstream/send.ts';
import { CallTimers } from '../upstream/timers.ts';
import { readAnswerForm, startsAsJson } from './answer-form.ts';
import type { Attempt } from './attempt.ts';
import type { ClientCall } from './call.ts';
import type { Gateway } from './gateway.ts';
import type { KeepAlive } from './keep-alive.ts';
import { readErrorBody, readWholeBody } from './read-body.ts';
import { relayStream } from './relay-stream.ts';
import { buildUpstreamCall } from './upstream-call.ts';

/** What one attempt is made with. */
export type AttemptRun = {
  gateway: Gateway;
  call: ClientCall;
  target: Target;
  attempt: Attempt;
  /** The name that the client asked for. */
  publicModel: string;
  /** Present when the client wants a stream. */
  keepAlive: KeepAlive | undefined;
  /** Called with the clocks of the call once it is about to go out. */
  onStart(timers: CallTimers): void;
  onCommit(): void;
};

/**
 * Makes one attempt, to the last byte of its answer.
 * @throws GatewayError when it fails; RelayedFailure when the client has already been told.
 */
export async function runAttempt(run: AttemptRun): Promise<void> {
  const { gateway, call, target, attempt, keepAlive } = run;
  const { timeouts } = target.channel;
  // A whole answer comes when it is finished: only the total time says that it is late (U3).
  const limits = keepAlive ? timeouts : { ...timeouts, firstEvent: timeouts.total };
  const timers = new CallTimers(limits, call.responder.gone);
  run.onStart(timers);
  try {
    const upstreamCall = buildUpstreamCall(call, target, run.publicModel, timers.signal);
    attempt.sentAt = performance.now();
    const answer = await gateway.transport.send(upstreamCall);
    attempt.httpStatus = answer.status;
    attempt.upstreamRequestId = answer.headers['request-id'];
    if (answer.status < 200 || answer.status >= 300) throw await readRefusal(call, answer, gateway.now());
    if (keepAlive) await passStream(run, answer, timers, keepAlive);
    else await passWhole(run, answer);
    attempt.complete();
  } finally {
    timers.close();
  }
}

async function readRefusal(call: ClientCall, answer: UpstreamAnswer, now: number): Promise<GatewayError> {
  const body = await readErrorBody(answer.body);
  return call.dialect.client.parseError(answer.status, answer.headers, body, now);
}

async function passStream(
  run: AttemptRun,
  answer: UpstreamAnswer,
  timers: CallTimers,
  keepAlive: KeepAlive,
): Promise<void> {
  const { call, attempt } = run;
  const tap = call.dialect.relay.tap(namesOf(run));
  attempt.accept(tap);
  const { isJson, body } = await readAnswerForm(answer.body);
  const onCommit = () => {
    attempt.firstEventAt = run.gateway.now();
    run.onCommit();
  };
  const stream = isJson ? streamOfWhole(call, await readWholeBody(body), run.gateway.now()) : body;
  await relayStream(stream, { tap, responder: call.responder, timers, keepAlive, onCommit });
  call.responder.end();
}

/** An upstream that ignored `stream` answered in one piece: its message is told as the events it would have been (U17). */
async function* streamOfWhole(call: ClientCall, body: Uint8Array, now: number): AsyncGenerator<Uint8Array> {
  const { client, server } = call.dialect;
  const message = readMessage(
    () => client.parseResponse(body),
    () => client.parseError(500, {}, body, now),
  );
  const encoder = server.streamEncoder();
  for (const event of unfold(message)) yield encoder.push(event);
  yield encoder.end();
}

async function passWhole(run: AttemptRun, answer: UpstreamAnswer): Promise<void> {
  const { call, attempt } = run;
  const whole = await readWholeBody(answer.body);
  const message = startsAsJson(whole) ? whole : wholeOfStream(call, whole);
  const { usage, bytes } = call.dialect.relay.takeResponse(message, namesOf(run));
  attempt.accept({ usage, estimatedOutput: () => usage.output ?? 0 });
  run.onCommit();
  attempt.firstEventAt = run.gateway.now();
  call.responder.begin(200, { 'content-type': 'application/json', 'content-length': String(bytes.length) });
  call.responder.end(bytes);
}

/** An upstream that streamed unasked: its events are folded into the message they spell (U17). */
function wholeOfStream(call: ClientCall, body: Uint8Array): Uint8Array {
  const { client, server } = call.dialect;
  const decoder = client.streamDecoder();
  const splitter = new SseFrameSplitter(Number.POSITIVE_INFINITY);
  const frames = [...splitter.push(body), splitter.end()].flatMap((raw) => parseFrame(raw) ?? []);
  const events = [...frames.flatMap((frame) => decoder.push(frame)), ...decoder.end()];
  const unreadable = new GatewayError('bad_upstream', 'The upstream answered with something other than a message');
  return server.formatResponse(
    readMessage(
      () => fold(events),
      () => unreadable,
    ),
  );
}

function readMessage<Message>(read: () => Message, onFailure: () => GatewayError): Message {
  try {
    return read();
  } catch (cause) {
    const failure = onFailure();
    throw failure.upstream?.body ? failure : new GatewayError(failure.kind, failure.message, { cause });
  }
}

function namesOf({ call, target, publicModel }: AttemptRun): { requestId: string; publicModel: string | undefined } {
  return { requestId: call.requestId, publicModel: target.upstreamModel === publicModel ? undefined : publicModel };
}
