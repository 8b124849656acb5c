import { toGatewayError } from '../core/error.ts';
import type { Target } from '../routing/resolve.ts';
import { CallTimers } from '../upstream/timers.ts';
import { admit } from './admit.ts';
import type { ClientCall } from './call.ts';
import type { Gateway } from './gateway.ts';
import { readErrorBody, readWholeBody } from './read-body.ts';
import { tryTargets } from './try-targets.ts';
import { buildUpstreamCall } from './upstream-call.ts';

/**
 * Serves one `count_tokens` request. It is free and produces nothing, so it is counted in the metrics and not in the ledger.
 * @throws GatewayError
 */
export async function countTokens(gateway: Gateway, call: ClientCall): Promise<void> {
  const startedAt = performance.now();
  const { request, targets, release } = admit(gateway, gateway.snapshot(), call);
  try {
    const body = await askTargets(gateway, call, request.model, targets);
    call.responder.begin(200, { 'content-type': 'application/json', 'content-length': String(body.length) });
    call.responder.end(body);
    gateway.metrics.countRequest({
      operation: call.operation,
      status: 200,
      errorKind: undefined,
      addedMs: undefined,
      firstEventMs: undefined,
      totalMs: performance.now() - startedAt,
    });
  } finally {
    release();
  }
}

async function askTargets(
  gateway: Gateway,
  call: ClientCall,
  model: string,
  targets: readonly Target[],
): Promise<Uint8Array> {
  let answer: Uint8Array = new Uint8Array(0);
  await tryTargets(targets, {
    tryTarget: async (target) => {
      answer = await askTarget(gateway, call, model, target);
    },
    errorOf: toGatewayError,
    mayGoOn: () => !call.responder.gone.aborted,
  });
  return answer;
}

async function askTarget(gateway: Gateway, call: ClientCall, model: string, target: Target): Promise<Uint8Array> {
  const timers = new CallTimers(target.channel.timeouts, call.responder.gone);
  try {
    const answer = await gateway.transport.send(buildUpstreamCall(call, target, model, timers.signal));
    if (answer.status >= 200 && answer.status < 300) {
      const body = await readWholeBody(answer.body);
      return call.dialect.relay.takeResponse(body, { requestId: call.requestId, publicModel: undefined }).bytes;
    }
    const body = await readErrorBody(answer.body);
    throw call.dialect.client.parseError(answer.status, answer.headers, body, gateway.now());
  } finally {
    timers.close();
  }
}
