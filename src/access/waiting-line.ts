/** Those who wait, each under a key: served in turn by key, so that one key that asks a lot holds up no other. */
export class WaitingLine<Waiter> {
  /** In the order in which keys are served; no list is empty. */
  private readonly byKey = new Map<string, Waiter[]>();
  private count = 0;

  get length(): number {
    return this.count;
  }

  /** How many wait under a key. */
  lengthOf(key: string): number {
    return this.byKey.get(key)?.length ?? 0;
  }

  add(key: string, waiter: Waiter): void {
    const waiters = this.byKey.get(key);
    if (waiters) waiters.push(waiter);
    else this.byKey.set(key, [waiter]);
    this.count++;
  }

  /** Takes one out of the line, wherever it stands. */
  remove(key: string, waiter: Waiter): void {
    const waiters = this.byKey.get(key) ?? [];
    const place = waiters.indexOf(waiter);
    if (place === -1) return;
    waiters.splice(place, 1);
    this.count--;
    if (waiters.length === 0) this.byKey.delete(key);
  }

  /** The one whose turn it is: the oldest of the key that was served least recently; that key then goes to the end. */
  next(): Waiter | undefined {
    for (const [key, [waiter]] of this.byKey) {
      if (waiter === undefined) continue;
      this.remove(key, waiter);
      const rest = this.byKey.get(key);
      if (rest) {
        this.byKey.delete(key);
        this.byKey.set(key, rest);
      }
      return waiter;
    }
    return undefined;
  }

  /** The key under which most wait, and the newest of them: the one who loses least by leaving. */
  longest(): { key: string; length: number; newest: Waiter } | undefined {
    let longest: { key: string; length: number; newest: Waiter } | undefined;
    for (const [key, waiters] of this.byKey) {
      const newest = waiters.at(-1);
      if (newest !== undefined && waiters.length > (longest?.length ?? 0)) {
        longest = { key, length: waiters.length, newest };
      }
    }
    return longest;
  }
}
