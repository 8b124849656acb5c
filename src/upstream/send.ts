import type { ChannelTimeouts } from '../config/config.ts';
import { GatewayError, toGatewayError } from '../core/error.ts';
import type { ModelFacts } from '../core/model.ts';
import { createSimulator, type Simulator } from '../simulator/index.ts';
import { checkLiteralHost } from './address-guard.ts';
import type { ReceivedAnswer } from './answer-body.ts';
import { decodeBody } from './decode-body.ts';
import { OriginPool } from './pool.ts';

/** One call to an upstream. */
export type UpstreamCall = {
  /** The account it is made with; each has its own connections. */
  channel: { name: string; timeouts: ChannelTimeouts; privateAddressesAllowed: boolean; pacing: number | undefined };
  transport: 'http' | 'simulator';
  /** Undefined: POST. A GET goes without a body, and to real upstreams only. */
  method?: 'GET' | undefined;
  url: URL;
  /** Lower-case names. */
  headers: Record<string, string>;
  body: Uint8Array;
  /** Ends the call at any point, its body included; the reason is what the caller then gets. */
  signal: AbortSignal;
  /** Told how many ms it took to connect, TLS included, where a connection is made for this call. */
  onConnected?: (ms: number) => void;
};

/** An upstream's answer; its body is read once, and throws GatewayError when it breaks off. */
export type UpstreamAnswer = { status: number; headers: Record<string, string>; body: AsyncIterable<Uint8Array> };

/** The only way out of this process. */
export type Transport = {
  /**
   * @throws GatewayError `unreachable` when there is no answer; the reason of `signal` when it was aborted.
   */
  send(call: UpstreamCall): Promise<UpstreamAnswer>;
  /** Closes connections that no call uses. */
  close(): Promise<void>;
};

/** What the simulator needs to be an upstream. */
export type TransportOptions = {
  simulatedModels: readonly ModelFacts[];
  now: () => number;
  newId: (prefix: string) => string;
};

/** Makes the transport of a server. */
export function createTransport(options: TransportOptions): Transport {
  const pools = new Map<string, OriginPool>();
  const simulators = new Map<string, Simulator>();

  const poolFor = ({ channel, url }: UpstreamCall): OriginPool => {
    const { connect } = channel.timeouts;
    const key = `${channel.privateAddressesAllowed} ${connect} ${channel.name} ${url.origin}`;
    const known = pools.get(key);
    if (known) return known;
    const pool = new OriginPool(url.origin, connect, channel.privateAddressesAllowed);
    pools.set(key, pool);
    return pool;
  };

  const simulatorFor = ({ channel }: UpstreamCall): Simulator => {
    const pacing = channel.pacing ?? DEFAULT_PACING;
    // Each account has its own prompt cache, as at the real thing.
    const account = `${pacing} ${channel.name}`;
    const known = simulators.get(account);
    if (known) return known;
    const simulator = createSimulator({
      models: options.simulatedModels,
      now: options.now,
      newId: options.newId,
      pacing,
    });
    simulators.set(account, simulator);
    return simulator;
  };

  return {
    send: (call) =>
      call.transport === 'simulator' ? sendToSimulator(simulatorFor(call), call) : sendOver(poolFor, call),
    close: async () => {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()));
    },
  };
}

/** Ms between simulated events, about as fast as a small model writes. */
const DEFAULT_PACING = 20;

async function sendOver(poolFor: (call: UpstreamCall) => OriginPool, call: UpstreamCall): Promise<UpstreamAnswer> {
  const { url, method = 'POST', headers, body, signal, onConnected } = call;
  try {
    checkLiteralHost(url.hostname, call.channel.privateAddressesAllowed);
    const path = url.pathname + url.search;
    const answer = await poolFor(call).request(
      { method, path, headers, body: method === 'GET' ? null : body, signal },
      onConnected,
    );
    return readAnswer(answer, signal);
  } catch (cause) {
    throw toFailure(
      isCertificateRefused(cause) ? badCertificate(cause) : cause,
      signal,
      'The upstream could not be reached',
    );
  }
}

/** Lasts until an operator does something about it: neither we nor the client need try again there. */
function badCertificate(cause: unknown): GatewayError {
  const message = 'The certificate of the upstream is not trusted, or not valid for it';
  return new GatewayError('unreachable', message, { cause, shouldRetry: false });
}

/** What OpenSSL and Node call a certificate that they do not take (`reliability.md` U1). */
const CERTIFICATE_CODES =
  /^(?:(?:DEPTH_ZERO_)?SELF_SIGNED_CERT|UNABLE_TO_(?:GET_ISSUER_CERT|VERIFY_LEAF_SIGNATURE)|CERT_|ERR_TLS_CERT_|HOSTNAME_MISMATCH)/;

function isCertificateRefused(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && CERTIFICATE_CODES.test(String(cause.code));
}

/** @throws GatewayError when the body cannot be decoded; the connection is then given up, as nobody will read it out. */
function readAnswer(answer: ReceivedAnswer, signal: AbortSignal): UpstreamAnswer {
  const headers = flatten(answer.headers);
  const body = answer.body.explaining((cause) => toBroken(cause, signal));
  try {
    return { status: answer.status, headers, body: decodeBody(body, headers['content-encoding']) };
  } catch (cause) {
    body.abandon(toGatewayError(cause));
    throw cause;
  }
}

async function sendToSimulator(simulator: Simulator, call: UpstreamCall): Promise<UpstreamAnswer> {
  const { url, headers, body, signal } = call;
  try {
    const answer = await simulator.handle({ method: 'POST', path: url.pathname, headers, body }, signal);
    return { ...answer, body: readBody(answer.body, signal) };
  } catch (cause) {
    throw toFailure(cause, signal, 'The upstream could not be reached');
  }
}

async function* readBody(body: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (cause) {
    throw toBroken(cause, signal);
  }
}

/** Its code is kept one level down: a connection that has brought an answer was not stale (see `isConnectionLost`). */
function toBroken(cause: unknown, signal: AbortSignal): GatewayError {
  const broken = cause instanceof GatewayError ? cause : new Error('the body broke off', { cause });
  return toFailure(broken, signal, 'The upstream closed the connection before its answer was complete');
}

function toFailure(cause: unknown, signal: AbortSignal, message: string): GatewayError {
  if (signal.aborted && signal.reason instanceof GatewayError) return signal.reason;
  if (cause instanceof GatewayError) return cause;
  return new GatewayError('unreachable', message, { cause });
}

/** Codes that a connection dies with after it was established. */
const LOST_CODES = new Set<unknown>(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

/** Whether a call failed because an established connection broke before it brought any answer; see `retry-law.ts` for what follows. */
export function isConnectionLost(error: GatewayError): boolean {
  const { cause } = error;
  return cause instanceof Error && 'code' in cause && LOST_CODES.has(cause.code);
}

function flatten(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}
