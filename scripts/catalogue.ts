import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cover, gaps, readCatalogue, renderCoverage } from '../test/support/catalogue.ts';
import { isTest, PROJECT_ROOT, readSources } from '../test/support/source-tree.ts';

// Prints the tables of faults and pitfalls and writes them to docs/coverage.md; with `--check` it writes nothing
// and fails when the page is stale. Fails in both forms when a row that is said to be built has no test.
const page = join(PROJECT_ROOT, 'docs/coverage.md');
const rows = cover(
  readCatalogue(),
  readSources('src', 'test').filter((file) => isTest(file.path)),
);
const rendered = renderCoverage(rows);
console.log(rendered);

const complaints = gaps(rows).map((gap) => `no test names ${gap}`);
if (process.argv.includes('--check')) {
  if (readFileSync(page, 'utf8') !== rendered)
    complaints.push('docs/coverage.md is stale: run npm run coverage-tables');
} else {
  writeFileSync(page, rendered);
}
for (const complaint of complaints) console.error(complaint);
process.exitCode = complaints.length > 0 ? 1 : 0;
