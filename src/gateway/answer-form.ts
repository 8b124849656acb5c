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
    if (done) return { isJson: false, body: replay(seen, iterator) };
    seen.push(value);
    const first = firstSignificant(value);
    if (first !== undefined) return { isJson: first === OPENING_BRACE, body: replay(seen, iterator) };
  }
}

async function* replay(seen: Uint8Array[], rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    // Taken out one by one: a stream may stand still for long, and must not keep its first bytes in memory (G8).
    for (let chunk = seen.shift(); chunk !== undefined; chunk = seen.shift()) yield chunk;
    for (;;) {
      const { value, done } = await rest.next();
      if (done) return;
      yield value;
    }
  } finally {
    await rest.return?.();
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
