import { expect, test } from 'vitest';
import { formatCount, formatTable, formatTime, formatUsd } from './output.ts';

test.each([
  [0, '$0.00'],
  [1, '$0.000000001'],
  [-1, '-$0.000000001'],
  [1_500_000_000, '$1.50'],
  [1_234_567_890_123, '$1,234.567890123'],
  [Number.MAX_SAFE_INTEGER, '$9,007,199.254740991'],
])('%d nano-USD is %s', (nano, text) => {
  expect(formatUsd(nano)).toBe(text);
});

test('counts have their thousands set apart', () => {
  expect([0, 999, 1000, 1_234_567, -1000].map(formatCount)).toEqual(['0', '999', '1,000', '1,234,567', '-1,000']);
});

test('times are UTC to the second', () => {
  expect(formatTime(Date.UTC(2026, 10, 23, 8, 5, 9, 999))).toBe('2026-11-23 08:05:09Z');
  expect(formatTime(null)).toBe('-');
});

test('columns are aligned, and no cell can move the cursor', () => {
  const table = formatTable(
    [{ title: 'NAME' }, { title: 'N', align: 'right' }],
    [
      ['a', '1'],
      ['é\u001b[31m\nx', '12'],
    ],
  );
  expect(table).toBe(['NAME                 N', 'a                    1', 'é\\u001b[31m\\u000ax  12'].join('\n'));
});
