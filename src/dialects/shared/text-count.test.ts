import { describe, expect, test } from 'vitest';
import { inPieces, TEXT_NAMES, type Token, tokensOf, truthOf } from '../../../test/support/tokenized.ts';
import { USUAL_RATES } from '../../core/written-text.ts';
import { TextCount } from './text-count.ts';

/** G2: what the output of a stream that is cut may be off by. */
const allowed = (truth: number) => Math.max(256, truth * 0.05);

const LONG = 12_000;

function counted(pieces: readonly string[]): TextCount {
  const count = new TextCount();
  for (const piece of pieces) count.addText(piece);
  return count;
}

/** The same over the wire: JSON strings in frames. */
function countedAsJson(pieces: readonly string[], isAscii = false): TextCount {
  const count = new TextCount();
  for (const piece of pieces) {
    const json = JSON.stringify(piece);
    count.addJson(Buffer.from(isAscii ? asciiOnly(json) : json), 1);
  }
  return count;
}

/** JSON as Python's serializer writes it: everything outside ASCII is an escape. */
function asciiOnly(json: string): string {
  return json.replaceAll(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

describe.each(TEXT_NAMES)('G2 a long text of %s', (kind) => {
  const tokens = tokensOf(kind, LONG);
  const truth = truthOf(tokens);

  test('is counted within the goal, in whatever pieces it comes', () => {
    for (const size of [1, 3, 40]) {
      const estimate = USUAL_RATES.tokensOf(counted(inPieces(tokens, size)));
      expect(Math.abs(estimate - truth), `${estimate} for ${truth} in pieces of ${size}`).toBeLessThan(allowed(truth));
    }
  });

  test('counts the same as text, as JSON and as JSON in ASCII', () => {
    const pieces = inPieces(tokens, 7);
    const { letters, digits, marks, ideographs, scripts } = counted(pieces);
    for (const asJson of [countedAsJson(pieces), countedAsJson(pieces, true)]) {
      expect(asJson).toMatchObject({ pieces: pieces.length });
      expect(asJson.letters).toBeCloseTo(letters, 3);
      expect(asJson.digits).toBeCloseTo(digits, 3);
      expect(asJson.marks).toBeCloseTo(marks, 3);
      expect(asJson.ideographs).toBeCloseTo(ideographs, 3);
      expect(asJson.scripts).toBeCloseTo(scripts, 3);
    }
  });
});

test('a text of several kinds is the sum of them', () => {
  const mixed: Token[] = TEXT_NAMES.flatMap((kind) => tokensOf(kind, 1_000));
  const truth = truthOf(mixed);
  expect(Math.abs(USUAL_RATES.tokensOf(counted(inPieces(mixed, 5))) - truth)).toBeLessThan(allowed(truth));
});

test('pictures and endless runs count for something, broken escapes harm nothing', () => {
  expect(USUAL_RATES.tokensOf(counted(['😀'.repeat(100)]))).toBeGreaterThan(100);
  for (const run of [' ', '-', '\n', 'a', 'A', '7'])
    expect(USUAL_RATES.tokensOf(counted([run.repeat(32_000)]))).toBeGreaterThan(900);
  const count = new TextCount();
  expect(count.addJson(Buffer.from('"'), 1)).toBe(false);
  for (const broken of ['"\\', '"\\u', '"\\u12', '"\\uzzzz"', '"a'])
    expect(count.addJson(Buffer.from(broken), 1)).toBe(true);
  expect(Number.isFinite(USUAL_RATES.tokensOf(count))).toBe(true);
});
