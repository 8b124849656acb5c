/** How much the newest gap counts. */
const WEIGHT = 1 / 16;

/** The pace at which places come free while all are taken; a quiet hour in between says nothing of it. */
export class ReleasePace {
  private readonly clock: () => number;
  private since: number | undefined;
  private gap = 0;

  /** @param clock monotonic, in ms. */
  constructor(clock: () => number) {
    this.clock = clock;
  }

  /** All places are taken from now on. */
  full(): void {
    this.since ??= this.clock();
  }

  /** A place has come free; `isFull`: and has been taken again. */
  released(isFull: boolean): void {
    if (this.since === undefined) return;
    const now = this.clock();
    this.gap += (now - this.since - this.gap) * WEIGHT;
    this.since = isFull ? now : undefined;
  }

  /** Ms until so many more places may have come free. */
  timeFor(places: number): number {
    return places * this.gap;
  }
}
