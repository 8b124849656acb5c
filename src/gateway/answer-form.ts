const OPENING_BRACE = 0x7b;

/**
 * Tells by its first bytes whether an upstream answered with one JSON body or with a stream, whatever its content type
 * says (`reliability.md` U17), and gives the body back whole.
 */
export async function readAnswerForm(
  body: AsyncIterable<Uint8Array>,
): Promise<{ isJson: boolean; body: AsyncIterable<Uint8Array> }> {
  const iterator = body[Symbol.asyncIterator]();
  const seen: Uint8Array[] = [];
  for (;;) {
    const { value, done } = await iterator.next();
    if (done) return { isJson: false, body: new Replay(seen, iterator) };
    seen.push(value);
    const first = firstSignificant(value);
    if (first !== undefined) return { isJson: first === OPENING_BRACE, body: new Replay(seen, iterator) };
  }
}

/** What has been seen of a body, and then its rest as it comes. */
class Replay implements AsyncIterableIterator<Uint8Array> {
  private readonly seen: Uint8Array[];
  private readonly rest: AsyncIterator<Uint8Array>;

  constructor(seen: Uint8Array[], rest: AsyncIterator<Uint8Array>) {
    this.seen = seen;
    this.rest = rest;
  }

  /** What was seen is taken out one by one: a stream may stand still for long, and must not keep its first bytes in memory (G8). */
  next(): Promise<IteratorResult<Uint8Array>> {
    const value = this.seen.shift();
    return value === undefined ? this.rest.next() : Promise.resolve({ done: false, value });
  }

  async return(): Promise<IteratorResult<Uint8Array>> {
    await this.rest.return?.();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

/** Whether a whole body is JSON rather than a stream, by its first byte. */
export function startsAsJson(body: Uint8Array): boolean {
  return firstSignificant(body) === OPENING_BRACE;
}

/** The first byte that is neither white space nor part of a byte order mark. */
function firstSignificant(bytes: Uint8Array): number | undefined {
  return bytes.find((byte) => byte > 0x20 && byte !== 0xef && byte !== 0xbb && byte !== 0xbf);
}
