import { describe, expect, it } from 'vitest';
import { estimateTokens } from './estimate-tokens.ts';

const ask = (content: string) => ({ model: 'm', messages: [{ role: 'user', content }] });

describe('estimated tokens', () => {
  it('grow with the text and know no file by its length (P114)', () => {
    const short = estimateTokens(ask('word '.repeat(100)));
    const long = estimateTokens(ask('word '.repeat(1_000)));
    expect(short).toBeGreaterThan(100);
    expect(long - short).toBe((900 * 5) / 4);
    const picture = estimateTokens(ask(`data:image/png;base64,${'iVBORw0KGgo'.repeat(50_000)}`));
    expect(picture).toBeGreaterThan(900);
    expect(picture).toBeLessThan(1_200);
  });

  it('count one long run of a letter like any other text, at once', () => {
    const run = estimateTokens(ask(`${'a '.repeat(200)}${'a'.repeat(1_000_000)}`));
    expect(run).toBeGreaterThan(250_000);
  });
});
