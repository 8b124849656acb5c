import type { Principal } from '../access/principal.ts';
import type { DialectId } from '../core/dialect.ts';
import { GatewayError, toGatewayError } from '../core/error.ts';
import { isJsonObject, type Json } from '../core/json.ts';
import { DIALECTS } from '../dialects/index.ts';
import type { BudgetVisit } from './budget-desk.ts';
import type { ClientCall, Responder } from './call.ts';
import type { Gateway } from './gateway.ts';
import { generate } from './generate.ts';
import { clockFrom } from './request-clock.ts';

/** The key id of exchanges that were replayed: nobody holds it, and no budget or limit of a key counts them. */
export const REPLAY_KEY = 'replay';

/** A request that is asked once more, for an operator. */
export type ReplayRequest = {
  /** The new exchange's. */
  requestId: string;
  /** That of the exchange that is replayed. */
  originalId: string;
  project: { id: string; name: string };
  dialect: DialectId;
  body: Uint8Array;
  /** Public name. */
  model: string;
  /** The only channel to ask; undefined: whichever routing chooses. */
  channel: string | undefined;
};

/** What came of it. */
export type ReplayResult = { status: number; text: string; truncated: boolean };

/** Bytes of an answer that are kept. */
const MOST_KEPT = 1024 * 1024;

/**
 * Asks a request once more, as an exchange of its own that is recorded and charged to no key and no budget.
 * @throws GatewayError when the body is none or no target is left.
 */
export async function replay(gateway: Gateway, request: ReplayRequest): Promise<ReplayResult> {
  const dialect = DIALECTS[request.dialect];
  const body = dialect.relay.splice(request.body, [{ path: ['model'], value: request.model }]);
  const parsed: Json = JSON.parse(new TextDecoder().decode(body));
  if (!isJsonObject(parsed)) throw new GatewayError('invalid_request', 'what is kept of the request is no JSON object');
  const receivedAt = gateway.now();
  const { responder, result } = collector();
  const call: ClientCall = {
    requestId: request.requestId,
    principal: principalOf(request),
    dialect,
    operation: 'generate',
    headers: dialect.requiredHeader === undefined ? {} : { [dialect.requiredHeader]: '2023-06-01' },
    body,
    parsed,
    receivedAt,
    now: clockFrom(receivedAt),
    responder,
  };
  try {
    await generate(replaying(gateway, request.channel), call);
  } catch (thrown) {
    const { status, message } = toGatewayError(thrown);
    return { status, text: message, truncated: false };
  }
  return result();
}

function principalOf({ project, originalId }: ReplayRequest): Principal {
  return {
    keyId: REPLAY_KEY,
    name: REPLAY_KEY,
    projectId: project.id,
    projectName: project.name,
    markup: 10_000,
    unpriced: null,
    modelLists: [],
    ipLists: [],
    tags: ['replay', `replay-of-${originalId}`],
    expiresAt: null,
  };
}

/** The gateway without budgets, and with one channel where that is wished. */
function replaying(gateway: Gateway, channel: string | undefined): Gateway {
  const { ledger } = gateway;
  const visit = (): BudgetVisit => ({
    open: async (exchange, attempt) => {
      await ledger.open(exchange, attempt);
    },
    openAttempt: async (attempt) => {
      await ledger.openAttempt(attempt);
    },
  });
  return {
    ...gateway,
    budgets: { ...gateway.budgets, visit },
    snapshot: () => (channel === undefined ? gateway.snapshot() : onlyChannel(gateway.snapshot(), channel)),
  };
}

function onlyChannel(snapshot: ReturnType<Gateway['snapshot']>, channel: string): ReturnType<Gateway['snapshot']> {
  const targetsOf = (model: string) =>
    snapshot.router.resolve(model).filter((target) => target.channel.name === channel);
  const route = (model: string) => ({ ...snapshot.router.route(model), targets: targetsOf(model), fallbacks: [] });
  return { ...snapshot, router: { route, resolve: targetsOf } };
}

function collector(): { responder: Responder; result(): ReplayResult } {
  const chunks: Uint8Array[] = [];
  let kept = 0;
  let status = 0;
  let isTruncated = false;
  const take = (bytes: Uint8Array | undefined): undefined => {
    if (!bytes) return;
    const part = bytes.subarray(0, MOST_KEPT - kept);
    isTruncated ||= part.length < bytes.length;
    kept += part.length;
    chunks.push(new Uint8Array(part));
  };
  const responder: Responder = {
    gone: new AbortController().signal,
    hasBegun: () => status !== 0,
    announce: () => undefined,
    begin: (answered) => {
      status = answered;
    },
    write: take,
    end: take,
  };
  return {
    responder,
    result: () => ({ status, text: Buffer.concat(chunks).toString(), truncated: isTruncated }),
  };
}
