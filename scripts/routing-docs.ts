import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderRouting } from './lib/routing-page.ts';

// Writes docs/routing.md with the law of retries; with `--check` it writes nothing and fails when the page is stale.
const page = join(import.meta.dirname, '../docs/routing.md');
const rendered = renderRouting();

if (!process.argv.includes('--check')) {
  writeFileSync(page, rendered);
} else if (readFileSync(page, 'utf8') !== rendered) {
  console.error('docs/routing.md is stale: run npm run routing-docs');
  process.exitCode = 1;
}
