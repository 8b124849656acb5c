import { describe, expect, test } from 'vitest';
import { StopScanner } from './stop-sequences.ts';

/** What is shown of a text that comes in these pieces, and the sequence that ended it. */
function scan(stops: readonly string[], pieces: readonly string[]): { text: string; stop: string | undefined } {
  const scanner = new StopScanner(stops);
  let text = '';
  for (const piece of pieces) {
    const scanned = scanner.push(piece);
    text += scanned.text;
    if (scanned.stop !== undefined) return { text, stop: scanned.stop };
  }
  return { text: text + scanner.end(), stop: undefined };
}

describe('stop sequences that the upstream was not told', () => {
  test.each([
    ['one in the middle', ['END'], ['a END b'], 'a ', 'END'],
    ['one split over pieces', ['</end>'], ['a<', '/e', 'nd', '>b'], 'a', '</end>'],
    ['a false beginning', ['END'], ['a EN', 'D', ' b'], 'a ', 'END'],
    ['a beginning that comes to nothing', ['END'], ['EEN', 'E'], 'EENE', undefined],
    ['a beginning at the very end', ['END'], ['a EN'], 'a EN', undefined],
    ['a beginning inside a beginning', ['aab'], ['aaa', 'b'], 'a', 'aab'],
    ['the one that is complete first', ['a long one', 'lo'], ['a long one'], 'a ', 'lo'],
    ['the longest of those that end together', ['one', 'long one'], ['a long one'], 'a ', 'long one'],
    ['the very first character', ['a'], ['abc'], '', 'a'],
    ['characters of two code units', ['👋'], ['hi \ud83d', '\udc4b x'], 'hi ', '👋'],
    ['none asked for', [], ['a', 'b'], 'ab', undefined],
    ['an empty one', [''], ['ab'], 'ab', undefined],
  ])('%s', (_name, stops, pieces, text, stop) => {
    expect(scan(stops, pieces)).toEqual({ text, stop });
  });

  test('a text is found out the same wherever it is cut', () => {
    const whole = 'one </s> two </end> three';
    for (let cut = 0; cut <= whole.length; cut++) {
      for (let next = cut; next <= whole.length; next++) {
        const pieces = [whole.slice(0, cut), whole.slice(cut, next), whole.slice(next)];
        expect(scan(['</end>', '</sup>'], pieces)).toEqual({ text: 'one </s> two ', stop: '</end>' });
      }
    }
  });
});
