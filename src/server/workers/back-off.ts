/** How long a worker must have served for its death not to count as one of a row, in ms. */
const SOUND_LIFE = 10_000;
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 5_000;

/** How long to wait before a worker is replaced: not at all at first, longer when its replacements die too. */
export class BackOff {
  private deaths = 0;

  /** @param lived how long the worker lived, in ms. @returns ms to wait. */
  pauseAfter(lived: number): number {
    this.deaths = lived >= SOUND_LIFE ? 0 : this.deaths + 1;
    return this.deaths <= 1 ? 0 : Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (this.deaths - 2));
  }
}
