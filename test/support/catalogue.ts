import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT, type SourceFile } from './source-tree.ts';

/** One row of `test/catalogue.json`. `scope` is `built`, or `later: …` with what it waits for. */
export type CatalogueRow = { id: string; what: string; scope: string };

/** A row and the titles of the tests that carry its id, each with its file. */
export type CoveredRow = CatalogueRow & { tests: { file: string; title: string }[] };

/** The parts of the catalogue, by the letter of their ids. */
const PARTS = [
  { letter: 'U', heading: 'Upstream faults' },
  { letter: 'C', heading: 'Client and input faults' },
  { letter: 'S', heading: 'Process and state faults' },
  { letter: 'P', heading: 'Translation pitfalls' },
];

/**
 * Reads the catalogue.
 * @throws Error naming the row that is not well formed.
 */
export function readCatalogue(): CatalogueRow[] {
  const parsed: unknown = JSON.parse(readFileSync(join(PROJECT_ROOT, 'test/catalogue.json'), 'utf8'));
  return Object.entries(Object(parsed)).map(([id, row]) => {
    const { what, scope }: { what?: unknown; scope?: unknown } = Object(row);
    if (typeof what !== 'string' || typeof scope !== 'string' || !/^(?:built|later: .+)$/.test(scope)) {
      throw new Error(`test/catalogue.json: ${id} needs "what" and a "scope" of "built" or "later: ..."`);
    }
    return { id, what, scope };
  });
}

/** What stands before a test's title: a call of it, test or describe, of their `.each(…)`, or a `name` of a table's row. */
const BEFORE_TITLE =
  /(?:\b(?:it|test|describe)(?:\.\w+)*\(|\)\s*\(|\.prop\([\s\S]*?\)\(|\b(?:name|title)\??:|``\s*\()\s*$/;

/** The titles of the tests in a file, wherever they can be read from its text. */
export function titlesOf(file: SourceFile): string[] {
  return file.strings
    .filter(({ offset }) => BEFORE_TITLE.test(file.code.slice(Math.max(0, offset - 200), offset)))
    .map(({ text }) => text);
}

/** The ids that a title carries: `U7`, `P42`. */
export function idsIn(title: string): string[] {
  return [...title.matchAll(/(?<![\w-])[UCSP]\d{1,3}\b/g)].map(([id]) => id);
}

/** Joins the catalogue with the tests that name its rows. */
export function cover(catalogue: readonly CatalogueRow[], tests: readonly SourceFile[]): CoveredRow[] {
  const byId = new Map<string, { file: string; title: string }[]>();
  for (const file of tests) {
    for (const title of titlesOf(file)) {
      for (const id of idsIn(title)) byId.set(id, [...(byId.get(id) ?? []), { file: file.path, title }]);
    }
  }
  return catalogue.map((row) => ({ ...row, tests: byId.get(row.id) ?? [] }));
}

/** The rows said to be built that no test names. */
export function gaps(rows: readonly CoveredRow[]): string[] {
  return rows.filter((row) => row.scope === 'built' && row.tests.length === 0).map((row) => `${row.id}: ${row.what}`);
}

/** How many pitfalls of translation have a test, how many wait for something that is not built, and how many there are. */
export function countPitfalls(rows: readonly CoveredRow[]): { tested: number; later: number; total: number } {
  const pitfalls = rows.filter((row) => row.id.startsWith('P'));
  const built = pitfalls.filter((row) => row.scope === 'built');
  const tested = built.filter((row) => row.tests.length > 0).length;
  return { tested, later: pitfalls.length - built.length, total: pitfalls.length };
}

/** What each readme says of the pitfalls, by its path. */
export function pitfallLines(rows: readonly CoveredRow[]): Readonly<Record<string, string>> {
  const { tested, later, total } = countPitfalls(rows);
  return {
    'README.md': `${tested} of ${total} known pitfalls of translating between the formats have tests that carry their numbers; ${later} concern what isn't there yet.`,
    'README.zh-CN.md': `格式互转的 ${total} 个已知陷阱中，${tested} 个有带编号的测试；其余 ${later} 个属于尚未提供的功能。`,
  };
}

const PITFALL_MARKS = /(<!-- pitfalls:start -->\n)[\s\S]*?(<!-- pitfalls:end -->)/;

/** A readme with the line between its marks replaced. @throws Error when it has no marks. */
export function withPitfallLine(text: string, line: string): string {
  if (!PITFALL_MARKS.test(text)) throw new Error('no place for the count of pitfalls');
  return text.replace(PITFALL_MARKS, (_all, start: string, end: string) => `${start}${line}\n${end}`);
}

/** The whole of `docs/coverage.md`. */
export function renderCoverage(rows: readonly CoveredRow[]): string {
  const sections = PARTS.map(({ letter, heading }) => {
    const part = rows.filter((row) => row.id.startsWith(letter));
    const tested = part.filter((row) => row.tests.length > 0).length;
    const lines = part.map((row) => `| ${row.id} | ${cell(row.what)} | ${cell(shownBy(row))} |`);
    return [
      `## ${heading}`,
      '',
      `${tested} of ${part.length} rows have a test.`,
      '',
      '| id | what | tests |',
      '|---|---|---|',
      ...lines,
      '',
    ].join('\n');
  });
  return [
    '# Faults and pitfalls, and the tests that show them',
    '',
    'Made by `npm run coverage-tables` from `test/catalogue.json` and the titles of the tests; a test fails when it is stale.',
    '',
    ...sections,
  ].join('\n');
}

function shownBy(row: CoveredRow): string {
  if (row.tests.length === 0) return row.scope === 'built' ? '**none**' : row.scope;
  return [...new Set(row.tests.map((test) => test.file))].join(', ');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}
