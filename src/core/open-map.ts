/**
 * What is under way, by its key; to be used in place of a `Map` where large things come and go with every request. A `Map` copies
 * its table again and again as entries are deleted, each table leads V8 to the next, and one that has grown old keeps alive what
 * stood in it and in all later ones until a full collection. Here the tables hold cells, and a deleted one is empty.
 */
export class OpenMap<Key, Value> {
  private readonly cells = new Map<Key, { value: Value | undefined }>();

  get(key: Key): Value | undefined {
    return this.cells.get(key)?.value;
  }

  has(key: Key): boolean {
    return this.cells.has(key);
  }

  set(key: Key, value: Value): void {
    const cell = this.cells.get(key);
    if (cell) cell.value = value;
    else this.cells.set(key, { value });
  }

  delete(key: Key): void {
    const cell = this.cells.get(key);
    if (!cell) return;
    cell.value = undefined;
    this.cells.delete(key);
  }

  get size(): number {
    return this.cells.size;
  }

  *values(): Generator<Value> {
    for (const { value } of this.cells.values()) if (value !== undefined) yield value;
  }
}
