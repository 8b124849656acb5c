/** How hard a process has to work, over the last while. */
export type LoadSample = {
  /** Mean time that a turn of the event loop took, in ms. */
  loopDelay: number;
  /** Share of the heap that may be used which is in use, 0 to 1. */
  heapShare: number;
};

/** Turns that take longer than this, in ms, make every request wait too long for its next step (`reliability.md` G10). */
const LONG_TURN = 40;

/** From here on garbage collection takes time from the requests. */
const FULL_HEAP = 0.85;

/** From here on one more request may be the last. */
const SPENT_HEAP = 0.95;

/** Overload lasts: longer than a pause for garbage, one large body, or a burst of requests that all come at once. */
const SAMPLES_TO_BELIEVE = 4;

/** However slow its loop, a process takes on this many at once: what is slow may be one of them. */
const LEAST = 32;

const SHRINK = 0.75;
/** Growth while the limit holds requests back, and while it does not. */
const PROBE = 1.1;
const RECOVER = 2;

/**
 * How many requests the process itself can work on at once, found by trial: the limit shrinks from what is in flight while the
 * process is overloaded, and grows again when it is not (`reliability.md` S16). Without overload there is none.
 */
export class LoadLimit {
  private allowed = Number.POSITIVE_INFINITY;
  private overloadedFor = 0;
  private isSpent = false;

  /** Requests that may be in flight; infinite while the process is not overloaded. */
  get most(): number {
    return this.isSpent ? 0 : this.allowed;
  }

  /** @param inFlight requests in flight now. */
  observe({ loopDelay, heapShare }: LoadSample, inFlight: number): void {
    this.isSpent = heapShare > SPENT_HEAP;
    this.overloadedFor = loopDelay > LONG_TURN || heapShare > FULL_HEAP ? this.overloadedFor + 1 : 0;
    if (this.overloadedFor >= SAMPLES_TO_BELIEVE) {
      this.allowed = Math.max(LEAST, Math.floor(Math.min(this.allowed, inFlight) * SHRINK));
    } else if (this.overloadedFor === 0) {
      const isBinding = inFlight >= this.allowed / RECOVER;
      this.allowed = Math.ceil(this.allowed * (isBinding ? PROBE : RECOVER));
    }
  }
}
