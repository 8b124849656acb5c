import { expect, test } from 'vitest';
import { escapeLine, shorten } from './log.ts';

test('a line of the log moves no cursor and hides no text, and says the same', () => {
  const evil = '\u001b[2J\u009b31m\u202edcba\u2066\u2069\u200b\ufeff\u2028\u{e0041}\u007f\r\n{"level":"x"}';
  const line = `${JSON.stringify({ model: evil, name: 'Größe 漢字 🙂', plain: 'text' })}\n`;
  const escaped = escapeLine(line);
  expect(escaped).toMatch(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+\n$/u);
  expect(JSON.parse(escaped)).toEqual(JSON.parse(line));
  expect(escaped).toContain('Größe 漢字 🙂');
  expect(escapeLine('{"plain":"text"}\n')).toBe('{"plain":"text"}\n');
});

test('a text that is longer than 8,192 characters is cut', () => {
  const fields = { model: 'm'.repeat(8_192), count: 1 };
  expect(shorten(fields)).toBe(fields);
  expect(shorten({ ...fields, reason: 'r'.repeat(100_000) })).toEqual({ ...fields, reason: `${'r'.repeat(8_192)}…` });
});
