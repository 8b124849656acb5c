import { RecentMap } from '../core/recent-map.ts';

/** How many of the last times are kept of each target. */
const KEPT = 100;

/** Of fewer times nothing is concluded. */
const LEAST = 20;

/** Targets that are remembered: upstream names may come from clients. */
const REMEMBERED = 2_000;

/** How long targets took to their first content, each known by a text of the caller's; times in ms. */
export class FirstContentTimes {
  private readonly times = new RecentMap<string, number[]>(REMEMBERED);

  add(id: string, ms: number): void {
    const times = this.times.get(id) ?? [];
    times.push(ms);
    if (times.length > KEPT) times.shift();
    this.times.set(id, times);
  }

  /** It was given up after so long: that says something only where it is longer than what was known. */
  addAtLeast(id: string, ms: number): void {
    const known = this.p95(id);
    if (known !== undefined && ms > known) this.add(id, ms);
  }

  /** 19 of 20 of the last answers took no longer; undefined while too few are known. */
  p95(id: string): number | undefined {
    const times = this.times.get(id);
    if (!times || times.length < LEAST) return undefined;
    return times.toSorted((one, other) => one - other)[Math.ceil(times.length * 0.95) - 1];
  }
}
