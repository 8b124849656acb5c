import { expect, test } from 'vitest';
import { retryAfterSeconds } from './retry-after.ts';

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);
const inSeconds = (seconds: number) => new Date(NOW + seconds * 1000).toUTCString();

test.each<[string, Record<string, string>, number | undefined]>([
  ['seconds', { 'retry-after': '30' }, 30],
  ['seconds with spaces', { 'retry-after': ' 30 ' }, 30],
  ['a fraction, rounded up', { 'retry-after': '0.2' }, 1],
  ['zero', { 'retry-after': '0' }, 0],
  ['minus one', { 'retry-after': '-1' }, undefined],
  ['a billion, capped (P125)', { 'retry-after': '1e9' }, 600],
  ['a billion in digits', { 'retry-after': '1000000000' }, 600],
  ['an HTTP date', { 'retry-after': inSeconds(90) }, 90],
  ['a date far off', { 'retry-after': inSeconds(86_400) }, 600],
  ['a date gone by', { 'retry-after': inSeconds(-5) }, undefined],
  ['milliseconds', { 'retry-after-ms': '1500' }, 2],
  ['milliseconds before seconds', { 'retry-after-ms': '2000', 'retry-after': '60' }, 2],
  ['seconds when the milliseconds are garbage', { 'retry-after-ms': 'soon', 'retry-after': '60' }, 60],
  ['seconds when the milliseconds are empty', { 'retry-after-ms': '', 'retry-after': '60' }, 60],
  ['seconds when the milliseconds are negative', { 'retry-after-ms': '-5', 'retry-after': '60' }, 60],
  ['garbage', { 'retry-after': 'a while' }, undefined],
  ['dots', { 'retry-after': '1.2.3' }, undefined],
  ['nothing in it', { 'retry-after': '' }, undefined],
  ['infinity', { 'retry-after': 'Infinity' }, undefined],
  ['no header', {}, undefined],
])('U11 %s', (_name, headers, seconds) => {
  expect(retryAfterSeconds(headers, NOW)).toBe(seconds);
});
