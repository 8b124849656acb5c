import type { ChannelConfig, Credential, HealthCheck } from '../config/config.ts';
import { type GatewayError, toGatewayError } from '../core/error.ts';
import { joinAddress } from '../providers/address.ts';
import { credentialHeaders } from '../providers/auth/credentials.ts';
import { type Target, targetsOf } from '../routing/resolve.ts';
import { CallTimers } from '../upstream/timers.ts';
import type { Gateway } from './gateway.ts';
import { readWholeBody } from './read-body.ts';
import { readRefusal } from './run-attempt.ts';
import { endpointFor } from './target-endpoint.ts';

/** How often it is looked whether a check is due, in ms. */
const TICK = 250;

/** The end of a path where an API is asked; the list of models stands beside it. */
const API_END = /\/(?:chat\/completions|messages|responses)$/;

/** Never aborts: no client waits for a check. */
const NOBODY_GOES = new AbortController().signal;

/**
 * Asks the upstreams of channels with a `health_check`, credential by credential, and lets health learn from the answers. Each
 * question is a GET for the list of models, or for one of them: no upstream bills that, so nothing of it is in the ledger.
 * @returns what ends it; a check that is out then ends by its own timeout.
 */
export function startHealthChecks(gateway: Gateway): { close(): void } {
  /** When the next check of a credential may begin, by id; infinite while one is out. */
  const due = new Map<string, number>();

  const checkIfDue = async (channel: ChannelConfig, credential: Credential, check: HealthCheck): Promise<void> => {
    const { health } = gateway.routing;
    if ((due.get(credential.id) ?? 0) > performance.now()) return;
    if (check.when === 'open' && !health.hasTrouble(credential)) return;
    due.set(credential.id, Number.POSITIVE_INFINITY);
    try {
      await runCheck(gateway, channel, credential, check);
    } finally {
      due.set(credential.id, performance.now() + check.interval);
    }
  };

  const timer = setInterval(() => {
    for (const channel of gateway.snapshot().config.channels) {
      const { healthCheck, credentials } = channel;
      if (!healthCheck) continue;
      for (const credential of credentials) {
        checkIfDue(channel, credential, healthCheck).catch((error: unknown) =>
          gateway.log.error({ err: error, channel: channel.name }, 'a health check failed to run'),
        );
      }
    }
  }, TICK).unref();
  return { close: () => clearInterval(timer) };
}

async function runCheck(
  gateway: Gateway,
  channel: ChannelConfig,
  credential: Credential,
  check: HealthCheck,
): Promise<void> {
  const { health, events } = gateway.routing;
  const model = check.model ?? '';
  const [target] = targetsOf(model, { ...channel, credentials: [credential] }, model);
  const ticket = health.beginCheck(target);
  const error = await ask(gateway, target, check).then(() => undefined, toGatewayError);
  if (error && saysNothing(error, check)) {
    events.checked(channel.name, 'unsupported');
    return;
  }
  events.checked(channel.name, ticket.learn(error) ?? 'ok');
}

/** An upstream that has no list of models, or not for this account, may still be well. */
function saysNothing({ kind, upstream }: GatewayError, { model }: HealthCheck): boolean {
  if (kind === 'not_found') return model === undefined;
  return upstream !== undefined && (kind === 'invalid_request' || kind === 'method_not_allowed');
}

/** @throws GatewayError when the upstream does not answer as it should. */
async function ask(gateway: Gateway, target: Target, check: HealthCheck): Promise<void> {
  const { channel, credential } = target;
  const { provider, dialect, endpoint } = endpointFor(target, undefined);
  const path = check.path ?? `${endpoint.generatePath.replace(API_END, '')}/models`;
  const suffix = check.model === undefined ? '' : `/${encodeURIComponent(check.model)}`;
  const { timeout } = check;
  const limits = { connect: channel.timeouts.connect, firstEvent: timeout, idle: timeout, total: timeout };
  const timers = new CallTimers(limits, NOBODY_GOES);
  try {
    const answer = await gateway.transport.send({
      channel,
      transport: provider.transport,
      method: 'GET',
      url: new URL(joinAddress(channel.baseUrl, `${path}${suffix}`, channel.endpoints ?? provider.endpoints)),
      headers: {
        ...dialect.client.headers,
        accept: 'application/json',
        'accept-encoding': 'identity',
        ...credentialHeaders(provider.auth, credential.apiKey),
      },
      body: new Uint8Array(0),
      signal: timers.signal,
    });
    if (answer.status < 200 || answer.status >= 300) {
      throw await readRefusal({ upstream: dialect }, answer, gateway.now());
    }
    await readWholeBody(answer.body);
  } finally {
    timers.close();
  }
}
