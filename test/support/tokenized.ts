import { readFileSync } from 'node:fs';
import { z } from 'zod';

/**
 * Texts of several kinds as a real byte-pair tokenizer (o200k) cuts them: a token, or the fewest tokens that make whole
 * characters with their number (decision 0017).
 */
const TEXTS = z
  .record(z.string(), z.array(z.union([z.string(), z.tuple([z.string(), z.number()])])))
  .parse(JSON.parse(readFileSync(new URL('../fixtures/tokenized.json', import.meta.url), 'utf8')));

/** One or several tokens that make whole characters. */
export type Token = string | [text: string, tokens: number];

/** The kinds of text there are. */
export const TEXT_NAMES: readonly string[] = Object.keys(TEXTS);

/** A text of one kind, about so many tokens long, from somewhere in it; it repeats itself where that is needed. @throws Error for an unknown kind. */
export function tokensOf(kind: string, count: number, from = 0): Token[] {
  const tokens = TEXTS[kind];
  if (!tokens) throw new Error(`no text of ${kind}`);
  return Array.from({ length: count }, (_, at) => tokens[(from + at) % tokens.length] ?? '');
}

/** How many tokens these really are. */
export function truthOf(tokens: readonly Token[]): number {
  return tokens.reduce((sum, token) => sum + (typeof token === 'string' ? 1 : token[1]), 0);
}

/** The text, so many tokens at a time. */
export function inPieces(tokens: readonly Token[], size: number): string[] {
  return Array.from({ length: Math.ceil(tokens.length / size) }, (_, at) =>
    tokens
      .slice(at * size, (at + 1) * size)
      .map((token) => (typeof token === 'string' ? token : token[0]))
      .join(''),
  );
}
