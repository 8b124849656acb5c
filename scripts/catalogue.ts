import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  countPitfalls,
  cover,
  gaps,
  pitfallLines,
  readCatalogue,
  renderCoverage,
  withPitfallLine,
} from '../test/support/catalogue.ts';
import { isTest, PROJECT_ROOT, readSources } from '../test/support/source-tree.ts';
import { renderReliability } from './lib/reliability-page.ts';

// Prints the tables of faults and pitfalls and writes them to docs/coverage.md and docs/reliability.md, and the count of pitfalls to the readmes;
// with `--check` it writes nothing and fails when a page is stale. Fails in both forms when a row that is said to be built
// has no test.
const rows = cover(
  readCatalogue(),
  readSources('src', 'test').filter((file) => isTest(file.path)),
);
const rendered = renderCoverage(rows);
console.log(rendered);
const { tested, later, total } = countPitfalls(rows);
console.log(`${tested} of ${total} pitfalls tested, ${later} later`);

const complaints = gaps(rows).map((gap) => `no test names ${gap}`);
write('docs/coverage.md', () => rendered);
write('docs/reliability.md', () => renderReliability(rows));
for (const [page, line] of Object.entries(pitfallLines(rows))) write(page, (text) => withPitfallLine(text, line));
for (const complaint of complaints) console.error(complaint);
process.exitCode = complaints.length > 0 ? 1 : 0;

function write(page: string, render: (text: string) => string): void {
  const path = join(PROJECT_ROOT, page);
  const text = readFileSync(path, 'utf8');
  const fresh = render(text);
  if (fresh === text) return;
  if (process.argv.includes('--check')) complaints.push(`${page} is stale: run npm run coverage-tables`);
  else writeFileSync(path, fresh);
}
