/**
 * A map that remembers at least the `least` entries that were set or got last, and never twice as many: it takes memory as it
 * fills (decision 0011). Every call takes constant time, but for those that go through all entries.
 */
export class RecentMap<Key, Value> {
  private readonly least: number;
  /** Entries used since the last turn, and those used before; at a turn the older ones are forgotten. */
  private young = new Map<Key, Value>();
  private old = new Map<Key, Value>();

  constructor(least: number) {
    this.least = least;
  }

  get(key: Key): Value | undefined {
    const value = this.young.get(key);
    if (value !== undefined || this.old.size === 0) return value;
    const kept = this.old.get(key);
    if (kept !== undefined) this.set(key, kept);
    return kept;
  }

  /** As `get`, without counting as use. */
  peek(key: Key): Value | undefined {
    return this.young.get(key) ?? this.old.get(key);
  }

  has(key: Key): boolean {
    return this.young.has(key) || this.old.has(key);
  }

  set(key: Key, value: Value): void {
    this.old.delete(key);
    this.young.set(key, value);
    if (this.young.size < this.least) return;
    this.old = this.young;
    this.young = new Map();
  }

  delete(key: Key): void {
    this.young.delete(key);
    this.old.delete(key);
  }

  clear(): void {
    this.young.clear();
    this.old.clear();
  }

  get size(): number {
    return this.young.size + this.old.size;
  }

  *entries(): Generator<[Key, Value]> {
    yield* this.old;
    yield* this.young;
  }

  *values(): Generator<Value> {
    for (const [, value] of this.entries()) yield value;
  }
}
