/** What takes the place of words that came from the client. */
const MASK = '…';

/** A single word that is also in the request is taken for an echo from this length on, in characters; so are so many words in a row. */
const LONG_WORD = 16;
const WORDS_IN_A_ROW = 3;

/**
 * The text of an upstream's error without what it repeats of the request: what clients write is not kept unless its logging is
 * switched on (law Secrets). Words that are as long as few but names of fields, and runs of words, count as repeated; where the
 * request happens to use the same words, the text loses them too.
 */
export function maskEcho(text: string, requestBody: Uint8Array): string {
  const body = Buffer.from(requestBody.buffer, requestBody.byteOffset, requestBody.byteLength);
  const words = [...text.matchAll(/[\p{L}\p{N}_-]+/gu)].map(({ 0: word, index }) => ({ word, start: index }));
  const isEcho = words.map(({ word }) => word.length >= LONG_WORD && body.includes(word));
  for (let first = 0; first + WORDS_IN_A_ROW <= words.length; first++) {
    const last = words[first + WORDS_IN_A_ROW - 1];
    const run = last && text.slice(words[first]?.start, last.start + last.word.length);
    if (run && body.includes(run)) isEcho.fill(true, first, first + WORDS_IN_A_ROW);
  }
  return words.reduceRight(
    (masked, { word, start }, index) =>
      isEcho[index] ? masked.slice(0, start) + MASK + masked.slice(start + word.length) : masked,
    text,
  );
}
