import { RecentMap } from '../core/recent-map.ts';

/** The window over which the share is taken, in ms, and how many parts it moves on by. */
const WINDOW = 60_000;
const PARTS = 6;

/** However few requests there are, so many in a window may be hedged. */
const LEAST = 1;

/** Models that are remembered: names may come from clients. */
const REMEMBERED = 2_000;

/** What one part of the window has seen. */
type Part = { number: number; requests: number; hedges: number };

/** Keeps hedges a small share of the requests of each model (`hedging.max_share`), over the last minute. */
export class HedgeShare {
  private readonly clock: () => number;
  private readonly models = new RecentMap<string, Part[]>(REMEMBERED);

  /** @param clock monotonic ms. */
  constructor(clock: () => number) {
    this.clock = clock;
  }

  requestBegan(model: string): void {
    this.current(model).requests++;
  }

  /** Whether one more request of the model may be hedged; it is then counted as such. */
  take(model: string, maxShare: number): boolean {
    const current = this.current(model);
    const parts = this.models.get(model) ?? [];
    const sum = (of: 'requests' | 'hedges') => parts.reduce((total, part) => total + part[of], 0);
    const most = maxShare === 0 ? 0 : Math.max(LEAST, maxShare * sum('requests'));
    if (sum('hedges') + 1 > most) return false;
    current.hedges++;
    return true;
  }

  private current(model: string): Part {
    const number = Math.floor(this.clock() / (WINDOW / PARTS));
    const parts = (this.models.get(model) ?? []).filter((part) => part.number > number - PARTS);
    const found = parts.find((part) => part.number === number);
    const current = found ?? { number, requests: 0, hedges: 0 };
    this.models.set(model, found ? parts : [...parts, current]);
    return current;
  }
}
