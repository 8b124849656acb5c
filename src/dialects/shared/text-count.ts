/** Bytes of text that make one token, roughly, over the languages seen (`dependencies.md` §7). */
const BYTES_PER_TOKEN = 4;

/** Pieces of this many bytes, on average, are one token each: many servers send every token by itself. */
const SHORTEST_TOKENS = 2;
const LONGEST_TOKENS = 6;

/** Counts what a model has written, for streams that are cut before they say what it was (`reliability.md` G2). */
export class TextCount {
  private bytes = 0;
  private pieces = 0;

  /** One piece of text, as the upstream sent it. */
  add(bytes: number): void {
    if (bytes === 0) return;
    this.bytes += bytes;
    this.pieces++;
  }

  /** Output tokens that the text suggests. */
  get tokens(): number {
    const average = this.bytes / this.pieces;
    if (average >= SHORTEST_TOKENS && average <= LONGEST_TOKENS) return this.pieces;
    return Math.ceil(this.bytes / BYTES_PER_TOKEN);
  }
}
