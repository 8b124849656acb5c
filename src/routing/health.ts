import type { Credential } from '../config/config.ts';
import type { GatewayError } from '../core/error.ts';
import { RecentMap } from '../core/recent-map.ts';
import { Circuit, type CircuitReport, type CircuitRule, type CircuitState } from './circuit.ts';
import { classifyFailure, FAILURE_CLASSES, type FailureClass } from './failure-class.ts';
import type { Target } from './resolve.ts';

/** Whether a target should be used now, and why not. */
export type Verdict = {
  state: CircuitState;
  reason: FailureClass | undefined;
  /** Ms until its cool-down ends; 0 when nothing cools down. */
  wait: number;
  /** An operator has taken it out: it is not used, not even as the last. */
  isDraining: boolean;
};

/** A request to a target that has begun. */
export type HealthTicket = {
  /**
   * What became of it: `undefined` as soon as its first event is there, or its error. Further lessons count too: a stream
   * that is cut after its first event is a failure.
   */
  learn(error: GatewayError | undefined): void;
};

/** Whose circuit it is. */
export type CircuitScope = 'credential' | 'target';

/** One circuit that has something to tell. */
export type HealthReport = Omit<CircuitReport, 'until'> & {
  /** That of the credential or target. */
  id: string;
  scope: CircuitScope;
  /** Ms until its cool-down ends; 0 when it has. */
  wait: number;
};

/** A check of a credential that has begun. */
export type HealthCheckTicket = {
  /** Undefined: the upstream answered as it should. @returns the class of the failure. */
  learn(error: GatewayError | undefined): FailureClass | undefined;
};

/** Told that a target's circuit, or that of its credential, opens. */
export type OnOpen = (target: Target, scope: CircuitScope, reason: FailureClass) => void;

/** What is known of credentials and targets from the requests that were made; survives a reload. */
export type Health = {
  verdictOf(target: Target): Verdict;
  begin(target: Target): HealthTicket;
  /** A check that began now has to be told how it ended; it takes no part in probing, so requests may probe meanwhile. */
  beginCheck(target: Target): HealthCheckTicket;
  /** Whether the circuit of a credential, or of any target under it, is not closed. */
  hasTrouble(credential: Credential): boolean;
  /** From now on exactly these channels (`name`) and credentials (`channel/name`) are out of use, by hand. */
  useDrains(ids: Iterable<string>): void;
  /** What is drained by hand, and every circuit that is not closed or counts failures. */
  snapshot(): { draining: string[]; circuits: HealthReport[] };
};

/** Circuits that are remembered: upstream names may come from clients. */
const REMEMBERED = 10_000;

/** A retry-after is believed up to this, in ms. */
const LONGEST_RETRY_AFTER = 600_000;

const MINUTE = 60_000;
const OUTAGE: CircuitRule = { threshold: 3, coolDown: 5_000, longest: 5 * MINUTE };
const ACCOUNT: CircuitRule = { threshold: 1, coolDown: MINUTE, longest: 60 * MINUTE };

/** What each class of failure does to the circuit of whom it blames; those without a rule prove that the upstream is alive. */
export const CIRCUIT_RULES: Readonly<Partial<Record<FailureClass, CircuitRule>>> = {
  connection_lost: OUTAGE,
  unreachable: OUTAGE,
  timeout: OUTAGE,
  overloaded: OUTAGE,
  upstream_error: OUTAGE,
  bad_upstream: OUTAGE,
  model_missing: { threshold: 1, coolDown: MINUTE, longest: 10 * MINUTE },
  rate_limited: { threshold: 1, coolDown: 1_000, longest: MINUTE },
  quota_exhausted: ACCOUNT,
  spend_cap: ACCOUNT,
  credential_refused: ACCOUNT,
};

/**
 * What is no longer true when a check is answered. A list of models says nothing of overload, limits or credit: those are left
 * to their cool-down and to requests.
 */
const DISPROVED_BY_CHECK: ReadonlySet<FailureClass> = new Set([
  'connection_lost',
  'unreachable',
  'credential_refused',
  'model_missing',
]);

/** The circuits of a target; a credential's is forgotten when its key is another one. */
type Entry = { circuit: Circuit; apiKey: string | undefined };

const HEALTHY: CircuitReport = { state: 'closed', reason: undefined, failures: 0, until: undefined };

/**
 * @param clock monotonic ms.
 * @param onOpen told of every circuit that opens, or stays open for longer.
 */
export function createHealth(clock: () => number, onOpen: OnOpen = () => undefined): Health {
  const circuits = {
    credential: new RecentMap<string, Entry>(REMEMBERED),
    target: new RecentMap<string, Entry>(REMEMBERED),
  };
  let draining: ReadonlySet<string> = new Set();

  const idOf = (scope: CircuitScope, { id, credential }: Target) => (scope === 'credential' ? credential.id : id);
  const find = (scope: CircuitScope, target: Target): Circuit | undefined => {
    const entry = circuits[scope].get(idOf(scope, target));
    return entry?.apiKey === target.credential.apiKey ? entry?.circuit : undefined;
  };
  const make = (scope: CircuitScope, target: Target): Circuit => {
    const found = find(scope, target);
    if (found) return found;
    const entry = { circuit: new Circuit(), apiKey: target.credential.apiKey };
    circuits[scope].set(idOf(scope, target), entry);
    return entry.circuit;
  };
  /** Of a credential and all targets under it, as long as they were made with its present key. */
  const entriesUnder = ({ id, apiKey }: Credential): Entry[] => {
    const own = circuits.credential.peek(id);
    const targets = [...circuits.target.entries()].filter(([other]) => other.startsWith(`${id}/`));
    return [...(own ? [own] : []), ...targets.map(([, entry]) => entry)].filter((entry) => entry.apiKey === apiKey);
  };
  const circuitsOf = (target: Target) => [find('credential', target), find('target', target)];
  const isDraining = ({ channel, credential }: Target) =>
    channel.state === 'drain' || draining.has(channel.name) || draining.has(credential.id);

  return {
    verdictOf(target) {
      const now = clock();
      const { state, reason, until } = circuitsOf(target)
        .map((circuit) => circuit?.report(now) ?? HEALTHY)
        .reduce(worse);
      return { state, reason, wait: Math.max(0, (until ?? now) - now), isDraining: isDraining(target) };
    },
    begin(target) {
      const begunAt = clock();
      for (const circuit of circuitsOf(target)) circuit?.begin(begunAt);
      return {
        learn(error) {
          const failure = error && classifyFailure(error);
          const rule = failure && CIRCUIT_RULES[failure];
          if (!rule && error && isOurs(error)) {
            for (const circuit of circuitsOf(target)) circuit?.release(begunAt);
            return;
          }
          if (!rule) {
            for (const circuit of circuitsOf(target)) circuit?.succeed(begunAt);
            return;
          }
          const scope = FAILURE_CLASSES[failure].blames === 'credential' ? 'credential' : 'target';
          const other = scope === 'credential' ? 'target' : 'credential';
          const atLeast = Math.min((error.retryAfter ?? 0) * 1000, LONGEST_RETRY_AFTER);
          find(other, target)?.release(begunAt);
          const hasOpened = make(scope, target).fail(begunAt, clock(), { reason: failure, rule, atLeast });
          if (hasOpened) onOpen(target, scope, failure);
        },
      };
    },
    beginCheck(target) {
      const begunAt = clock();
      return {
        learn(error) {
          const failure = error && classifyFailure(error);
          if (!failure) {
            const own = find('credential', target);
            for (const { circuit } of entriesUnder(target.credential)) {
              const { reason } = circuit.report(clock());
              // An outage of a whole credential is what earlier checks have found.
              const isFoundByCheck = circuit === own && reason && FAILURE_CLASSES[reason].blames === 'target';
              if (reason && (isFoundByCheck || DISPROVED_BY_CHECK.has(reason))) circuit.succeed(begunAt);
            }
            return undefined;
          }
          const rule = CIRCUIT_RULES[failure];
          if (!rule) return failure;
          // A check asks about the account as a whole, save where the upstream says that the model is missing.
          const scope = failure === 'model_missing' ? 'target' : 'credential';
          const atLeast = Math.min((error.retryAfter ?? 0) * 1000, LONGEST_RETRY_AFTER);
          const hasOpened = make(scope, target).fail(begunAt, clock(), { reason: failure, rule, atLeast });
          if (hasOpened) onOpen(target, scope, failure);
          return failure;
        },
      };
    },
    hasTrouble: (credential) => entriesUnder(credential).some(({ circuit }) => circuit.stateAt(clock()) !== 'closed'),
    useDrains: (ids) => {
      draining = new Set(ids);
    },
    snapshot() {
      const now = clock();
      const reports = (['credential', 'target'] as const).flatMap((scope) =>
        [...circuits[scope].entries()].map(([id, { circuit }]) => {
          const { until, ...report } = circuit.report(now);
          return { id, scope, ...report, wait: Math.max(0, (until ?? now) - now) };
        }),
      );
      return { draining: [...draining], circuits: reports.filter(({ failures }) => failures > 0) };
    },
  };
}

/** Whether no upstream has said it: a client that went away, a request that could not be converted for this target. */
function isOurs({ upstream }: GatewayError): boolean {
  return upstream === undefined;
}

const SEVERITY: Readonly<Record<CircuitState, number>> = { closed: 0, 'half-open': 1, open: 2 };

function worse(one: CircuitReport, other: CircuitReport): CircuitReport {
  const difference = SEVERITY[one.state] - SEVERITY[other.state] || (one.until ?? 0) - (other.until ?? 0);
  return difference >= 0 ? one : other;
}
