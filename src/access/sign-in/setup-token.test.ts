import { mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createSetupToken, endSetupToken, isSetupToken } from './setup-token.ts';

const folder = mkdtempSync(join(tmpdir(), 'ezmodel-setup-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('a token holds for an hour, until the next one, or until it is ended', () => {
  const first = createSetupToken(folder);
  const second = createSetupToken(folder);
  const now = Date.now();
  expect(isSetupToken(folder, first, now)).toBe(false);
  expect(isSetupToken(folder, second, now)).toBe(true);
  utimesSync(join(folder, 'setup-token'), new Date(now), new Date(now - 3_600_001));
  expect(isSetupToken(folder, second, now)).toBe(false);
  const third = createSetupToken(folder);
  endSetupToken(folder);
  expect(isSetupToken(folder, third, now)).toBe(false);
  expect(isSetupToken(folder, '', now)).toBe(false);
});
