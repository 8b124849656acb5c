/** Where a server is in its life: `draining` still serves all, `closing` only what is open, health checks and metrics. */
export type ServerPhase = 'open' | 'draining' | 'closing';

/** The phase of one server; it only ever moves forward. */
export class Lifecycle {
  phase: ServerPhase = 'open';
}
