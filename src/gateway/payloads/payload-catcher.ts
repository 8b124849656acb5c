import type { CaughtPayload } from '../../access/payloads/document.ts';
import type { PayloadRecorder } from '../../access/payloads/recorder.ts';
import type { PayloadRule } from '../../config/config.ts';
import type { GatewayError } from '../../core/error.ts';
import type { Transport, UpstreamAnswer } from '../../upstream/send.ts';
import type { ClientCall, Responder } from '../call.ts';
import type { Gateway } from '../gateway.ts';
import { catchBytes, emptyBody, PayloadRoom } from './catch-body.ts';

type CaughtAttempt = CaughtPayload['attempts'][number];

/** Catches what goes by in one exchange, where its key or project has its payloads kept. */
export type PayloadCatcher = {
  /** The call, with a way back on which the answer is caught. */
  call: ClientCall;
  /** The gateway, with a transport that catches what this attempt sends and gets. */
  gatewayFor(attempt: number, channel: string): Gateway;
  /** Hands over what was caught. @param failure what the client is told in place of an answer. */
  finish(failure: GatewayError | undefined): void;
};

/** The catcher of an exchange; undefined where nothing is to be kept, which is the usual case. */
export function catchPayload(gateway: Gateway, call: ClientCall): PayloadCatcher | undefined {
  const { payloads } = gateway.snapshot().config;
  const rule = payloads.length === 0 ? undefined : gateway.payloads.ruleFor(payloads, call.principal);
  return rule && createCatcher(gateway, call, rule, gateway.payloads);
}

function createCatcher(
  gateway: Gateway,
  call: ClientCall,
  rule: PayloadRule,
  recorder: PayloadRecorder,
): PayloadCatcher {
  const begun = performance.now();
  const elapsed = () => Math.round(performance.now() - begun);
  // Apart, since a relay has the same bytes on both sides, which are then kept once.
  const room = new PayloadRoom(recorder, rule.maxBytes);
  const upstreamRoom = new PayloadRoom(recorder, rule.maxBytes);
  const request = emptyBody(false);
  catchBytes(request, call.body, 0, room, true);
  const caught: CaughtPayload = { request, attempts: [], answered: null, status: null, error: null };

  const catchAnswer = (attempt: CaughtAttempt, { body, ...answer }: UpstreamAnswer): UpstreamAnswer => {
    const into = emptyBody(isEventStream(answer.headers));
    attempt.status = answer.status;
    attempt.answer = into;
    return { ...answer, body: tapped(body, (chunk) => catchBytes(into, chunk, elapsed(), upstreamRoom)) };
  };

  return {
    call: {
      ...call,
      responder: caughtResponder(call.responder, caught, (body, bytes) => catchBytes(body, bytes, elapsed(), room)),
    },
    gatewayFor: (number, channel) => {
      const transport: Transport = {
        ...gateway.transport,
        send: async (upstreamCall) => {
          const sent = emptyBody(false);
          catchBytes(sent, upstreamCall.body, elapsed(), upstreamRoom, true);
          const attempt: CaughtAttempt = { attempt: number, channel, sent, status: null, answer: null };
          caught.attempts.push(attempt);
          return catchAnswer(attempt, await gateway.transport.send(upstreamCall));
        },
      };
      return { ...gateway, transport };
    },
    finish: (failure) => {
      const held = room.held + upstreamRoom.held;
      if (room.isLost || upstreamRoom.isLost) {
        recorder.release(held);
        recorder.lose('memory');
        return;
      }
      const status = caught.status ?? failure?.status ?? null;
      const origin = { exchangeId: call.requestId, principal: call.principal, startedAt: call.receivedAt };
      recorder.keep(origin, { ...caught, status, error: failure?.message ?? null }, rule, held);
    },
  };
}

function isEventStream(headers: Record<string, string>): boolean {
  return headers['content-type']?.startsWith('text/event-stream') ?? false;
}

async function* tapped(body: AsyncIterable<Uint8Array>, see: (chunk: Uint8Array) => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    see(chunk);
    yield chunk;
  }
}

function caughtResponder(
  responder: Responder,
  caught: CaughtPayload,
  take: (body: ReturnType<typeof emptyBody>, bytes: Uint8Array) => void,
): Responder {
  const see = (bytes: Uint8Array | undefined): void => {
    if (caught.answered !== null && bytes !== undefined) take(caught.answered, bytes);
  };
  return {
    gone: responder.gone,
    hasBegun: () => responder.hasBegun(),
    announce: (headers) => responder.announce(headers),
    begin: (status, headers) => {
      caught.status = status;
      caught.answered ??= emptyBody(isEventStream(headers));
      responder.begin(status, headers);
    },
    write: (bytes) => {
      see(bytes);
      return responder.write(bytes);
    },
    end: (bytes) => {
      see(bytes);
      responder.end(bytes);
    },
  };
}
