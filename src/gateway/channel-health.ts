import type { ChannelConfig, Config } from '../config/config.ts';
import type { CircuitState } from '../routing/circuit.ts';
import type { HealthReport } from '../routing/health.ts';
import type { RoutingState } from './routing-state.ts';

/** How the circuit of a credential or target stands. */
export type CircuitHealth = {
  state: CircuitState;
  /** The class of failure that opened it; null while it is closed. */
  reason: string | null;
  /** Failures in a row. */
  failures: number;
  /** Ms until its cool-down ends; 0 when it has. */
  cool_down_ms: number;
};

/** One credential of a channel, and those of its targets that have something to tell. */
type CredentialHealth = CircuitHealth & {
  name: string;
  /** Whether an operator has taken it, or its whole channel, out of use by hand. */
  drained: boolean;
  targets: (CircuitHealth & { model: string })[];
};

/** How a channel is, as one process knows it. */
export type ChannelHealth = {
  name: string;
  /** What the configuration says. */
  state: ChannelConfig['state'];
  drained: boolean;
  credentials: CredentialHealth[];
};

const CLOSED: CircuitHealth = { state: 'closed', reason: null, failures: 0, cool_down_ms: 0 };

/** How every channel of a configuration is, in the order of the file. */
export function channelHealth({ channels }: Config, { health }: Pick<RoutingState, 'health'>): ChannelHealth[] {
  const { draining, circuits } = health.snapshot();
  const drained = new Set(draining);
  const ofCredential = new Map(circuits.filter(({ scope }) => scope === 'credential').map((each) => [each.id, each]));
  const ofTargets = circuits.filter(({ scope }) => scope === 'target');

  return channels.map(({ name, state, credentials }) => ({
    name,
    state,
    drained: drained.has(name),
    credentials: credentials.map(({ id, name: credential }) => ({
      name: credential,
      drained: drained.has(name) || drained.has(id),
      ...circuitHealth(ofCredential.get(id)),
      targets: ofTargets
        .filter((target) => target.id.startsWith(`${id}/`))
        .map((target) => ({ model: target.id.slice(id.length + 1), ...circuitHealth(target) })),
    })),
  }));
}

function circuitHealth(report: HealthReport | undefined): CircuitHealth {
  if (!report) return CLOSED;
  const { state, reason, failures, wait } = report;
  return { state, reason: reason ?? null, failures, cool_down_ms: Math.ceil(wait) };
}

/** The same by credential, for the metrics. */
export function credentialStates(channels: readonly ChannelHealth[]): {
  channel: string;
  credential: string;
  state: CircuitState;
  openTargets: number;
  isDrained: boolean;
}[] {
  return channels.flatMap(({ name: channel, state: configured, credentials }) =>
    credentials.map(({ name: credential, state, drained, targets }) => ({
      channel,
      credential,
      state,
      openTargets: targets.filter((target) => target.state === 'open').length,
      isDrained: drained || configured === 'drain',
    })),
  );
}
