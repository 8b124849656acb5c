import type { FailureClass } from './failure-class.ts';
import type { CircuitScope } from './health.ts';

/** What became of a session's wish to stay where its prompt is cached. */
export type AffinityResult = 'new' | 'stayed' | 'moved';

/** What routing tells of its decisions, for the metrics. */
export type RoutingEvents = {
  circuitOpened(channel: string, scope: CircuitScope, reason: FailureClass): void;
  /** A target was left out of a request's choice. */
  targetRejected(channel: string, reason: FailureClass | 'draining'): void;
  /** A further attempt goes out after a failure of this class. */
  retried(after: FailureClass): void;
  /** A further attempt was due and the retry budget forbade it. */
  retryDenied(): void;
  sessionPlaced(result: AffinityResult): void;
  /** An active check has ended: `ok`, the class of its failure, or `unsupported` where the upstream has no such door. */
  checked(channel: string, result: FailureClass | 'ok' | 'unsupported'): void;
  /** An attempt goes to a model that stands in for the one that was asked for. */
  fellBack(): void;
};
