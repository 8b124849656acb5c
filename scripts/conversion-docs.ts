import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROVIDERS } from '../src/providers/index.ts';
import { renderConversion } from './lib/conversion-page.ts';

// Writes docs/conversion.md by converting samples; with `--check` it writes nothing and fails when the page is stale.
const page = join(import.meta.dirname, '../docs/conversion.md');
const rendered = renderConversion(PROVIDERS);

if (!process.argv.includes('--check')) {
  writeFileSync(page, rendered);
} else if (readFileSync(page, 'utf8') !== rendered) {
  console.error('docs/conversion.md is stale: run npm run conversion-docs');
  process.exitCode = 1;
}
