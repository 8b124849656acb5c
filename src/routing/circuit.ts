import type { FailureClass } from './failure-class.ts';

/** When a circuit opens, and for how long; times in ms. */
export type CircuitRule = {
  /** Failures in a row that open it. */
  threshold: number;
  /** The first cool-down; each further one is twice as long. */
  coolDown: number;
  /** Cool-downs grow no longer than this. */
  longest: number;
};

/** Closed: in use. Open: cooling down. Half-open: one request at a time may find out how it is. */
export type CircuitState = 'closed' | 'open' | 'half-open';

/** How a circuit stands, to be shown. */
export type CircuitReport = {
  state: CircuitState;
  /** What opened it; undefined while it is closed. */
  reason: FailureClass | undefined;
  /** Failures in a row. */
  failures: number;
  /** When its cool-down ends, on the clock of the circuit; undefined while it is closed. */
  until: number | undefined;
};

/** A probe that has not come back after this many ms no longer keeps others from probing. */
const LONGEST_PROBE = 60_000;

/** A passive breaker: it learns from the requests that are made anyway. Times are ms of one monotonic clock. */
export class Circuit {
  private failures = 0;
  /** How often it has opened since it was last closed. */
  private openings = 0;
  private openedAt = Number.NEGATIVE_INFINITY;
  private until: number | undefined;
  private probeEnds = Number.NEGATIVE_INFINITY;
  private reason: FailureClass | undefined;

  /** `half-open` for as long as a probe may be sent; while one is out, it is open to all others. */
  stateAt(now: number): CircuitState {
    if (this.until === undefined) return 'closed';
    return now < this.until || now < this.probeEnds ? 'open' : 'half-open';
  }

  /** A request is about to be made; of a half-open circuit it is the probe. */
  begin(now: number): void {
    if (this.stateAt(now) === 'half-open') this.probeEnds = now + LONGEST_PROBE;
  }

  /** A request that began at `begunAt` was answered. What began before the circuit opened says nothing about now. */
  succeed(begunAt: number): void {
    if (begunAt < this.openedAt) return;
    this.failures = 0;
    this.openings = 0;
    this.until = undefined;
    this.reason = undefined;
    this.probeEnds = Number.NEGATIVE_INFINITY;
  }

  /**
   * @param atLeast what the upstream itself asks for, already bounded.
   * @returns whether it has opened, or stays open for longer.
   */
  fail(begunAt: number, now: number, failure: { reason: FailureClass; rule: CircuitRule; atLeast: number }): boolean {
    // One outage fails many requests at once: it is one opening, not many.
    if (begunAt < this.openedAt) return false;
    const { reason, rule, atLeast } = failure;
    this.failures++;
    if (this.until === undefined && this.failures < rule.threshold) return false;
    const coolDown = Math.min(rule.coolDown * 2 ** this.openings, rule.longest);
    this.openings++;
    this.openedAt = now;
    this.until = now + Math.max(coolDown, atLeast);
    this.reason = reason;
    this.probeEnds = Number.NEGATIVE_INFINITY;
    return true;
  }

  /** A request that began at `begunAt` ended without saying anything about the upstream: another probe may go. */
  release(begunAt: number): void {
    if (begunAt >= this.openedAt) this.probeEnds = Number.NEGATIVE_INFINITY;
  }

  report(now: number): CircuitReport {
    return { state: this.stateAt(now), reason: this.reason, failures: this.failures, until: this.until };
  }
}
