import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FAULT_ANSWERS } from '../scripts/lib/fault-answers.ts';
import { renderReliability } from '../scripts/lib/reliability-page.ts';
import {
  type CatalogueRow,
  countPitfalls,
  cover,
  gaps,
  idsIn,
  pitfallLines,
  readCatalogue,
  renderCoverage,
  titlesOf,
  withPitfallLine,
} from './support/catalogue.ts';
import { isTest, PROJECT_ROOT, parseSource, readSources } from './support/source-tree.ts';

const tests = readSources('src', 'test').filter((file) => isTest(file.path) && file.path !== 'test/catalogue.test.ts');

describe('the catalogue of faults and pitfalls', () => {
  const rows = cover(readCatalogue(), tests);

  it('lists every row of the four parts once, without holes', () => {
    for (const [letter, count] of Object.entries({ U: 22, C: 15, S: 22, P: 128 })) {
      const ids = rows.map((row) => row.id).filter((id) => id.startsWith(letter));
      expect(ids).toEqual(Array.from({ length: count }, (_, index) => `${letter}${index + 1}`));
    }
  });

  it('has a test for every row that is said to be built', () => {
    expect(gaps(rows)).toEqual([]);
  });

  it('leaves for later only the pitfalls of what is not built', () => {
    const reasons = rows.filter(({ id, scope }) => id.startsWith('P') && scope !== 'built').map(({ scope }) => scope);
    expect(new Set(reasons)).toEqual(
      new Set(['later: Gemini', 'later: Bedrock', 'later: batches', 'later: output filters']),
    );
    const { tested, later, total } = countPitfalls(rows);
    expect([tested + later, later]).toEqual([total, reasons.length]);
  });

  it('is what docs/coverage.md shows (npm run coverage-tables)', () => {
    expect(readFileSync(join(PROJECT_ROOT, 'docs/coverage.md'), 'utf8')).toBe(renderCoverage(rows));
  });

  it('is what docs/reliability.md shows (npm run coverage-tables), and nothing else is answered', () => {
    expect(readFileSync(join(PROJECT_ROOT, 'docs/reliability.md'), 'utf8')).toBe(renderReliability(rows));
    const ids = rows.map(({ id }) => id);
    expect(Object.keys(FAULT_ANSWERS).filter((id) => !ids.includes(id))).toEqual([]);
  });

  it.each(Object.entries(pitfallLines(rows)))('is counted in %s (npm run coverage-tables)', (page, line) => {
    const text = readFileSync(join(PROJECT_ROOT, page), 'utf8');
    expect(text).toBe(withPitfallLine(text, line));
  });
});

describe('joining rows with tests', () => {
  const row: CatalogueRow = { id: 'U7', what: 'one bad event', scope: 'built' };
  const testFile = (text: string) => parseSource('src/gateway/relay.test.ts', text);

  it.each([
    "it('passes it on (U7)', () => {});",
    "describe('U7 and U6', () => {});",
    "it.each([1, 2])('case %i of U7', () => {});",
    "it.skipIf(process.platform === 'win32')('U7', () => {});",
    "const cases = [{ name: 'U7: a bad event', bytes: [] }];",
    'test.for(rows)(`U7: DOLLAR{name}`, () => {});'.replace('DOLLAR', '$'),
  ])('finds the id in %j', (text) => {
    expect(gaps(cover([row], [testFile(text)]))).toEqual([]);
  });

  it.each(['// U7 is for another day', "expect(fault).toBe('U7');", "it('U77 and XU7 and utf-U7', () => {});"])(
    'finds none in %j',
    (text) => {
      expect(gaps(cover([row], [testFile(text)]))).toEqual(['U7: one bad event']);
    },
  );

  it('asks no test of a row that is for later', () => {
    expect(gaps(cover([{ ...row, scope: 'later: cluster' }], []))).toEqual([]);
  });

  it('reads several ids of one title', () => {
    expect(idsIn('cut after content (U5, U6; S15)')).toEqual(['U5', 'U6', 'S15']);
    expect(titlesOf(testFile("it('one', () => call('two'));"))).toEqual(['one']);
  });
});
