import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROVIDERS } from '../src/providers/index.ts';
import { renderProviders } from './lib/provider-page.ts';

// Writes docs/providers.md from the provider table; with `--check` it writes nothing and fails when the page is stale.
const root = join(import.meta.dirname, '..');
const page = join(root, 'docs/providers.md');
const rendered = renderProviders(PROVIDERS, readFileSync(join(root, 'src/core/quirks.ts'), 'utf8'));

if (!process.argv.includes('--check')) {
  writeFileSync(page, rendered);
} else if (readFileSync(page, 'utf8') !== rendered) {
  console.error('docs/providers.md is stale: run npm run provider-docs');
  process.exitCode = 1;
}
