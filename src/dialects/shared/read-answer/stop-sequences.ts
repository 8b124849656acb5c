/** Text as far as it may be shown, and the stop sequence that ended it. */
export type Scanned = { text: string; stop: string | undefined };

/**
 * Looks for stop sequences in a text that comes in pieces, for upstreams that were not told of them. What could be the
 * beginning of a stop sequence is held back until more is known.
 */
export class StopScanner {
  private readonly stops: readonly string[];
  private held = '';

  constructor(stops: readonly string[]) {
    this.stops = stops.filter((stop) => stop !== '');
  }

  /** What of the text so far may be shown; with `stop`, it ends there, and nothing may follow. */
  push(piece: string): Scanned {
    if (this.stops.length === 0) return { text: piece, stop: undefined };
    const text = this.held + piece;
    const match = this.firstMatch(text);
    if (match) {
      this.held = '';
      return { text: text.slice(0, match.at), stop: match.stop };
    }
    const shown = text.length - this.heldLength(text);
    this.held = text.slice(shown);
    return { text: text.slice(0, shown), stop: undefined };
  }

  /** What was held back, once nothing more comes. */
  end(): string {
    const { held } = this;
    this.held = '';
    return held;
  }

  /** The match that is complete first, as a model that knew the sequences would have stopped there; of equals the longest. */
  private firstMatch(text: string): { at: number; stop: string } | undefined {
    return this.stops
      .map((stop) => ({ at: text.indexOf(stop), stop }))
      .filter(({ at }) => at !== -1)
      .sort((a, b) => a.at + a.stop.length - (b.at + b.stop.length) || a.at - b.at)[0];
  }

  /** How many characters at the end of the text begin a stop sequence. */
  private heldLength(text: string): number {
    let longest = 0;
    for (const stop of this.stops) {
      for (let length = Math.min(stop.length - 1, text.length); length > longest; length--) {
        if (text.endsWith(stop.slice(0, length))) longest = length;
      }
    }
    return longest;
  }
}
