/** Leave for one retry, given back by saying how it went; once. */
export type RetryPermit = { succeeded(): void; failed(): void };

/** What a budget is made with. */
export type RetryBudgetOptions = {
  /** Largest share of live requests that are retries at one time, from 0 to 1; a reload may change it. */
  share(): number;
  /** Monotonic ms. */
  clock(): number;
};

/** So many retries may be out at once, however few requests are live. */
const LEAST_AT_ONCE = 3;

/** A retry that fails costs one; each request earns this much. */
const EARNED = 0.05;

/** What a quiet gateway has to spend, and gets back in time: one each so many ms. */
const RESERVE = 3;
const REGAINED_EACH = 10_000;

/** What can be saved up. */
const MOST = 40;

/**
 * Keeps retries from making an outage worse (`reliability.md` §1.1, G12), in two ways. At one time at most `share` of the live
 * requests are retries: more wait for their turn. Over time retries that fail are paid for out of what requests earn, while
 * those that succeed cost nothing: when everything fails, retries stop at about 5 % of the requests, and when one of several
 * targets fails, nobody goes without.
 */
export class RetryBudget {
  private readonly options: RetryBudgetOptions;
  private readonly waiting = new Set<(permit: RetryPermit | undefined) => void>();
  private balance = RESERVE;
  private countedAt: number;
  private liveRequests = 0;
  private liveRetries = 0;

  constructor(options: RetryBudgetOptions) {
    this.options = options;
    this.countedAt = options.clock();
  }

  /** A request has come; the function says that it is over. */
  requestBegan(): () => void {
    this.liveRequests++;
    this.balance = Math.min(MOST, this.balance + EARNED);
    let isOver = false;
    return () => {
      if (!isOver) this.liveRequests--;
      isOver = true;
    };
  }

  /** Nothing is left, and nothing will come back from retries that are out. */
  get isExhausted(): boolean {
    this.regain();
    return this.balance < 1 && this.liveRetries === 0;
  }

  /** Retries that are out, and how many more may fail before there are none; for the metrics. */
  get figures(): { liveRetries: number; left: number } {
    this.regain();
    return { liveRetries: this.liveRetries, left: Math.max(0, Math.floor(this.balance)) };
  }

  /** A permit as soon as there is a place for it; undefined when the budget is exhausted or `signal` aborts first. */
  acquire(signal: AbortSignal): Promise<RetryPermit | undefined> {
    return new Promise((resolve) => {
      if (signal.aborted || this.isExhausted) return resolve(undefined);
      if (this.hasPlace) return resolve(this.grant());
      const settle = (permit: RetryPermit | undefined) => {
        this.waiting.delete(settle);
        signal.removeEventListener('abort', giveUp);
        resolve(permit);
      };
      const giveUp = () => settle(undefined);
      signal.addEventListener('abort', giveUp, { once: true });
      this.waiting.add(settle);
    });
  }

  /** A permit if there is a place for it now: for what is of no use later. */
  acquireNow(): RetryPermit | undefined {
    return !this.isExhausted && this.hasPlace ? this.grant() : undefined;
  }

  private get hasPlace(): boolean {
    const places = Math.max(LEAST_AT_ONCE, this.options.share() * this.liveRequests);
    return this.balance >= 1 && this.liveRetries + 1 <= places;
  }

  private grant(): RetryPermit {
    this.liveRetries++;
    this.balance--;
    let isOver = false;
    const end = (refund: number) => {
      if (isOver) return;
      isOver = true;
      this.liveRetries--;
      this.balance = Math.min(MOST, this.balance + refund);
      this.serveWaiting();
    };
    return { succeeded: () => end(1), failed: () => end(0) };
  }

  private serveWaiting(): void {
    for (const settle of this.waiting) {
      if (this.isExhausted) settle(undefined);
      else if (this.hasPlace) settle(this.grant());
      else return;
    }
  }

  private regain(): void {
    const now = this.options.clock();
    const gained = (now - this.countedAt) / REGAINED_EACH;
    this.countedAt = now;
    if (this.balance < RESERVE) this.balance = Math.min(RESERVE, this.balance + gained);
  }
}
