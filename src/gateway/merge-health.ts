import type { ChannelHealth, CircuitHealth } from './channel-health.ts';

/** How a circuit stands in the processes of a gateway: as in the worst of them. */
type SharedCircuit = CircuitHealth & {
  /** In how many of the processes it stands so. */
  processes: number;
};

/** A channel as all processes of a gateway know it. */
type SharedHealth = Omit<ChannelHealth, 'credentials'> & {
  credentials: (SharedCircuit & { name: string; drained: boolean; targets: (SharedCircuit & { model: string })[] })[];
};

/** `GET /healthz/channels`: each process learns health on its own. */
export type GatewayHealth = {
  /** Processes that have told. */
  processes: number;
  channels: SharedHealth[];
};

const RANKS: Record<CircuitHealth['state'], number> = { closed: 0, 'half-open': 1, open: 2 };

/** What several processes of one configuration tell, as one. */
export function mergeHealth(told: readonly (readonly ChannelHealth[])[]): GatewayHealth {
  const byName = Map.groupBy(told.flat(), ({ name }) => name);
  return { processes: told.length, channels: [...byName.values()].flatMap(mergeChannel) };
}

function mergeChannel(channels: readonly ChannelHealth[]): SharedHealth[] {
  const [first] = channels;
  if (!first) return [];
  const credentials = Map.groupBy(
    channels.flatMap((channel) => channel.credentials),
    ({ name }) => name,
  );
  return [
    {
      ...first,
      drained: channels.some(({ drained }) => drained),
      credentials: [...credentials].map(([name, each]) => ({
        name,
        drained: each.some(({ drained }) => drained),
        ...worstOf(each),
        targets: mergeTargets(each.flatMap(({ targets }) => targets)),
      })),
    },
  ];
}

function mergeTargets(
  targets: readonly (CircuitHealth & { model: string })[],
): SharedHealth['credentials'][number]['targets'] {
  return [...Map.groupBy(targets, ({ model }) => model)].map(([model, each]) => ({ model, ...worstOf(each) }));
}

/** One that says nothing of a target has it closed. */
function worstOf(circuits: readonly CircuitHealth[]): SharedCircuit {
  const [worst] = circuits.toSorted(
    (one, other) => RANKS[other.state] - RANKS[one.state] || other.failures - one.failures,
  );
  const alike = circuits.filter(({ state }) => state === worst?.state);
  return {
    state: worst?.state ?? 'closed',
    reason: worst?.reason ?? null,
    failures: Math.max(0, ...circuits.map(({ failures }) => failures)),
    cool_down_ms: Math.max(0, ...alike.map((circuit) => circuit.cool_down_ms)),
    processes: alike.length,
  };
}
