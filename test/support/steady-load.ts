import type { Answer } from './call.ts';

/** What became of one request of a steady load. */
export type Sent = { at: number; status: number };

/** Requests at a steady rate, whether answers come or not. */
export class SteadyLoad {
  /** In the order in which they ended; status 0: no answer. */
  readonly sent: Sent[] = [];
  private readonly open = new Set<Promise<void>>();
  private readonly timer: NodeJS.Timeout;

  /** @param rate requests a second. */
  constructor(rate: number, send: () => Promise<Answer>) {
    this.timer = setInterval(() => {
      const at = performance.now();
      const request = send()
        .then(({ status }) => status)
        .catch(() => 0)
        .then((status) => {
          this.sent.push({ at, status });
          this.open.delete(request);
        });
      this.open.add(request);
    }, 1_000 / rate);
  }

  /** How many that were sent within this time, in monotonic ms, had which status. */
  statuses(from: number, to: number): Record<number, number> {
    const counts: Record<number, number> = {};
    for (const { at, status } of this.sent) {
      if (at >= from && at < to) counts[status] = (counts[status] ?? 0) + 1;
    }
    return counts;
  }

  /** Sends no more, and waits for the answers that are under way. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all(this.open);
  }
}
