import { describe, expect, test } from 'vitest';
import { inPieces, TEXT_NAMES, tokensOf, truthOf } from '../../test/support/tokenized.ts';
import { USUAL_RATES, type WrittenText } from '../core/written-text.ts';
import { TextCount } from '../dialects/shared/text-count.ts';
import { ModelRates, TokenRates } from './token-rates.ts';

function written(kind: string, count: number, size: number, from = 0): { text: WrittenText; truth: number } {
  const tokens = tokensOf(kind, count, from);
  const text = new TextCount();
  for (const piece of inPieces(tokens, size)) text.addText(piece);
  return { text, truth: truthOf(tokens) };
}

const isWithin = (estimate: number, truth: number) => Math.abs(estimate - truth) <= Math.max(256, truth * 0.05);

describe('what the answers of a model teach', () => {
  test.each(TEXT_NAMES)('G2 its tokens of %s, whatever its tokenizer makes of them', (kind) => {
    for (const factor of [0.7, 1.35, 1.8]) {
      const rates = new ModelRates();
      const long = written(kind, 20_000, 6);
      expect(isWithin(rates.tokensOf(long.text), long.truth * factor)).toBe(false);
      for (let answer = 0; answer < 12; answer++) {
        const { text, truth } = written(kind, 200 + answer * 90, 6, answer * 400);
        rates.learnText(text, Math.round(truth * factor));
      }
      const truth = long.truth * factor;
      expect(isWithin(rates.tokensOf(long.text), truth), `${rates.tokensOf(long.text)} for ${truth}`).toBe(true);
    }
  });

  test('G2 each kind of text by itself: Chinese says nothing of code', () => {
    const rates = new ModelRates();
    for (let answer = 0; answer < 12; answer++) {
      const chinese = written('chinese', 400, 6, answer * 300);
      rates.learnText(chinese.text, Math.round(chinese.truth * 1.6));
      const code = written('code', 400, 6, answer * 300);
      rates.learnText(code.text, code.truth);
    }
    const [chinese, code] = [written('chinese', 12_000, 6), written('code', 12_000, 6)];
    expect(isWithin(rates.tokensOf(chinese.text), chinese.truth * 1.6)).toBe(true);
    expect(isWithin(rates.tokensOf(code.text), code.truth)).toBe(true);
  });

  test('that its pieces are its tokens, where they are', () => {
    const rates = new ModelRates();
    for (let answer = 0; answer < 3; answer++) {
      const { text } = written('russian', 300, 2);
      rates.learnText(text, text.pieces);
    }
    const { text } = written('russian', 9_001, 2);
    expect(rates.tokensOf(text)).toBe(text.pieces);
  });

  test('nothing, if they are short, or far from what was streamed', () => {
    const rates = new ModelRates();
    const { text, truth } = written('prose', 1_000, 6);
    for (const told of [0, 5, Number.NaN, truth * 9, truth / 9]) rates.learnText(text, told);
    rates.learnText(new TextCount(), 100);
    expect(rates.tokensOf(text)).toBe(USUAL_RATES.tokensOf(text));
  });

  test('the bytes of a prompt for each of its tokens, pictures aside', () => {
    const rates = new ModelRates();
    expect(rates.inputTokensOf(4_000)).toBe(1_000);
    rates.learnInput(5_000_000, 1_600);
    rates.learnInput(100, 0);
    expect(rates.inputTokensOf(4_000)).toBe(1_000);
    for (let request = 0; request < 60; request++) rates.learnInput(3_000, 1_000);
    expect(Math.abs(rates.inputTokensOf(30_000) - 10_000)).toBeLessThan(20);
  });
});

test('each model of each channel is remembered apart', () => {
  const all = new TokenRates();
  const rates = all.of('main', 'm');
  for (let request = 0; request < 60; request++) rates.learnInput(2_000, 1_000);
  expect(all.of('main', 'm').inputTokensOf(4_000)).toBeGreaterThan(1_900);
  expect(all.of('main', 'n').inputTokensOf(4_000)).toBe(1_000);
  expect(all.of('other', 'm').inputTokensOf(4_000)).toBe(1_000);
});
