import { describe, expect, test } from 'vitest';
import { ThinkTagReader } from './think-tags.ts';

function read(pieces: readonly string[]): { thinking: string; text: string } {
  const reader = new ThinkTagReader();
  const said = [...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()];
  const join = (kind: string) => said.flatMap((piece) => (piece.kind === kind ? [piece.text] : [])).join('');
  return { thinking: join('thinking'), text: join('text') };
}

describe('reasoning between tags', () => {
  test.each([
    ['tags around the reasoning', '<think>a</think>b', 'a', 'b'],
    ['white space in front, line ends around', ' \n<think>\na\n</think>\n\nb\n', 'a\n', 'b\n'],
    ['no tags', 'a < b', '', 'a < b'],
    ['a tag that is none', '<thinking>a', '', '<thinking>a'],
    ['tags that the text speaks of', 'Use <think>a</think>.', '', 'Use <think>a</think>.'],
    ['a second pair', '<think>a</think>b<think>c</think>', 'a', 'b<think>c</think>'],
    ['nothing thought', '<think>\n\n</think>\n\nb', '', 'b'],
    ['no end', '<think>a</th', 'a</th', ''],
    ['a beginning of a tag only', ' <thi', '', ' <thi'],
    ['nothing behind', '<think>a</think>', 'a', ''],
  ])('%s', (_name, whole, thinking, text) => {
    expect(read([whole])).toEqual({ thinking, text });
    for (let cut = 0; cut <= whole.length; cut++) {
      expect(read([whole.slice(0, cut), whole.slice(cut)])).toEqual({ thinking, text });
    }
    expect(read([...whole])).toEqual({ thinking, text });
  });
});
