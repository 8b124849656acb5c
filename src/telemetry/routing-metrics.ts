import { Counter, Gauge, type Registry } from 'prom-client';

/** How one credential of a channel stands at the time of a scrape. */
export type CredentialState = {
  channel: string;
  credential: string;
  state: 'closed' | 'half-open' | 'open';
  /** Models under it whose own circuit is open. */
  openTargets: number;
  isDrained: boolean;
};

/** What the metrics of routing read at the time of a scrape. */
export type RoutingSources = {
  credentials: () => readonly CredentialState[];
  /** Retries that are out now, and how many more may fail before there are none. */
  retryBudget: () => { liveRetries: number; left: number };
};

/** The figures of routing; labels are names of the configuration and closed sets. */
export type RoutingMetrics = {
  circuitOpened(channel: string, scope: string, reason: string): void;
  targetRejected(channel: string, reason: string): void;
  retried(after: string): void;
  retryDenied(): void;
  sessionPlaced(result: string): void;
  checked(channel: string, result: string): void;
  fellBack(): void;
};

/** In the order of severity, so that an alert can be `> 0`. */
const STATE_VALUES: Readonly<Record<CredentialState['state'], number>> = { closed: 0, 'half-open': 1, open: 2 };

/** Registers what tells how channels are and what is done about those that fail. */
export function createRoutingMetrics(registry: Registry, sources: RoutingSources): RoutingMetrics {
  const registers = [registry];
  gaugeOfCredentials(registry, sources, {
    name: 'ezmodel_circuit_state',
    help: 'Circuit of a credential: 0 closed, 1 half-open, 2 open.',
    read: ({ state }) => STATE_VALUES[state],
  });
  gaugeOfCredentials(registry, sources, {
    name: 'ezmodel_open_targets',
    help: 'Models under a credential whose own circuit is open.',
    read: ({ openTargets }) => openTargets,
  });
  gaugeOfCredentials(registry, sources, {
    name: 'ezmodel_drained',
    help: 'Whether an operator has taken a credential out of use, by hand or by its configuration.',
    read: ({ isDrained }) => (isDrained ? 1 : 0),
  });
  const openings = new Counter({
    name: 'ezmodel_circuit_openings_total',
    help: 'Circuits that opened, or stayed open for longer, by channel, scope (credential, target) and reason.',
    labelNames: ['channel', 'scope', 'reason'],
    registers,
  });
  const rejections = new Counter({
    name: 'ezmodel_circuit_rejections_total',
    help: 'Targets left out of the choice for a request, by channel and reason.',
    labelNames: ['channel', 'reason'],
    registers,
  });
  const retries = new Counter({
    name: 'ezmodel_retries_total',
    help: 'Further attempts, by the class of the failure before them.',
    labelNames: ['after'],
    registers,
  });
  const denials = new Counter({
    name: 'ezmodel_retries_denied_total',
    help: 'Further attempts that the retry budget forbade.',
    registers,
  });
  const sessions = new Counter({
    name: 'ezmodel_affinity_total',
    help: 'Requests of sessions: new, stayed where the prompt is cached, moved.',
    labelNames: ['result'],
    registers,
  });
  const fallbacks = new Counter({
    name: 'ezmodel_fallbacks_total',
    help: 'Attempts at a model that stands in for the one that was asked for.',
    registers,
  });
  const checks = new Counter({
    name: 'ezmodel_health_checks_total',
    help: 'Active health checks, by channel and result.',
    labelNames: ['channel', 'result'],
    registers,
  });
  const { retryBudget } = sources;
  const retriesOut: Gauge = new Gauge({
    name: 'ezmodel_retries_in_flight',
    help: 'Retries that are out.',
    registers,
    collect: () => retriesOut.set(retryBudget().liveRetries),
  });
  const retriesLeft: Gauge = new Gauge({
    name: 'ezmodel_retry_budget',
    help: 'Retries that may still fail before there are no more.',
    registers,
    collect: () => retriesLeft.set(retryBudget().left),
  });

  return {
    circuitOpened: (channel, scope, reason) => openings.inc({ channel, scope, reason }),
    targetRejected: (channel, reason) => rejections.inc({ channel, reason }),
    retried: (after) => retries.inc({ after }),
    retryDenied: () => denials.inc(),
    sessionPlaced: (result) => sessions.inc({ result }),
    checked: (channel, result) => checks.inc({ channel, result }),
    fellBack: () => fallbacks.inc(),
  };
}

type CredentialGauge = { name: string; help: string; read: (state: CredentialState) => number };

/** Set afresh at each scrape: what a reload took away is not shown any more. */
function gaugeOfCredentials(
  registry: Registry,
  { credentials }: RoutingSources,
  { name, help, read }: CredentialGauge,
): void {
  const gauge: Gauge<'channel' | 'credential'> = new Gauge({
    name,
    help,
    labelNames: ['channel', 'credential'],
    registers: [registry],
    // Of several processes, what the worst one says.
    aggregator: 'max',
    collect: () => {
      gauge.reset();
      for (const state of credentials()) {
        gauge.set({ channel: state.channel, credential: state.credential }, read(state));
      }
    },
  });
}
