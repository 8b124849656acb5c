import { toGatewayError } from '../core/error.ts';
import type { Target } from '../routing/resolve.ts';
import { CallTimers } from '../upstream/timers.ts';
import { admit } from './admit.ts';
import type { ClientCall } from './call.ts';
import { chooseTargets } from './choose-targets.ts';
import { estimateTokens } from './estimate-tokens.ts';
import type { Gateway, Snapshot } from './gateway.ts';
import { lossesHeader } from './losses-header.ts';
import { Negotiation } from './negotiation.ts';
import type { Passage } from './passage.ts';
import { Passages } from './passages.ts';
import { readWholeBody } from './read-body.ts';
import { readRefusal } from './run-attempt.ts';
import { endpointFor, type TargetEndpoint } from './target-endpoint.ts';
import { tryTargets } from './try-targets.ts';
import { buildUpstreamCall } from './upstream-call.ts';

/** Said of a count that is ours and not the upstream's (P114). */
const ESTIMATED = { 'x-ezmodel-estimated': 'true' };

type Count = { body: Uint8Array; headers: Record<string, string> };

/**
 * Serves one `count_tokens` request. It is free and produces nothing, so it is counted in the metrics and not in the ledger.
 * @throws GatewayError
 */
export async function countTokens(gateway: Gateway, call: ClientCall): Promise<void> {
  const startedAt = performance.now();
  const snapshot = gateway.snapshot();
  const { request, release } = await admit(gateway, snapshot, call);
  try {
    const { body, headers } = await askTargets({ gateway, snapshot, call, model: request.model });
    call.responder.begin(200, {
      'content-type': 'application/json',
      'content-length': String(body.length),
      ...headers,
    });
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

type Asking = { gateway: Gateway; snapshot: Snapshot; call: ClientCall; model: string };

async function askTargets(asking: Asking): Promise<Count> {
  const { gateway, snapshot, call, model } = asking;
  const { targets } = await chooseTargets(gateway, snapshot, call, model);
  const negotiation = new Negotiation(call, gateway, snapshot.config.routing);
  let count: Count = { body: new Uint8Array(0), headers: {} };
  await tryTargets({
    targets,
    limits: snapshot.config.routing,
    routing: gateway.routing,
    gone: call.responder.gone,
    hedging: undefined,
    tryTarget: async (target) => {
      count = await askTarget(asking, target, negotiation);
    },
    errorOf: toGatewayError,
    learn: (target, error) => negotiation.learn(target, error),
    mayGoOn: () => !call.responder.gone.aborted,
  });
  return count;
}

async function askTarget(asking: Asking, target: Target, negotiation: Negotiation): Promise<Count> {
  const { gateway, snapshot, call, model } = asking;
  const { server } = call.dialect;
  const endpoint = endpointFor(target, call.dialect.id);
  if (endpoint.endpoint.countTokensPath === undefined) {
    return { body: server.formatCount(estimateTokens(call.parsed)), headers: ESTIMATED };
  }
  const fetchMedia = (url: string) => gateway.media.fetch(url, snapshot.config.server.media, call.responder.gone);
  const passages = new Passages(call, { tools: gateway.tools, fetchMedia });
  const { upstreamModel } = target;
  const whole = await passages.passageTo({ endpoint, upstreamModel, publicModel: model, onState: () => {} });
  const passage = negotiation.adapt(whole, { target, endpoint });
  const answer = await ask(asking, { target, endpoint, passage });
  const tokens = passage.upstream.client.parseCount(answer);
  const losses = [...negotiation.losses, ...passage.losses];
  return { body: passage.isRelay ? answer : server.formatCount(tokens), headers: lossesHeader(losses) };
}

async function ask(
  { gateway, call }: Asking,
  { target, endpoint, passage }: { target: Target; endpoint: TargetEndpoint; passage: Passage },
): Promise<Uint8Array> {
  const timers = new CallTimers(target.channel.timeouts, call.responder.gone);
  try {
    const { operation } = call;
    const { headers } = passage;
    const upstreamCall = buildUpstreamCall({ headers, operation, target, endpoint, passage, signal: timers.signal });
    const answer = await gateway.transport.send(upstreamCall);
    if (answer.status < 200 || answer.status >= 300) throw await readRefusal(passage, answer, gateway.now());
    return await readWholeBody(answer.body);
  } finally {
    timers.close();
  }
}
