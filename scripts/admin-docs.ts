import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderAdminApi } from './lib/admin-api-document.ts';

// Writes docs/admin-api.json, the OpenAPI document of the admin API; with `--check` it writes nothing and fails when it is stale.
const page = join(import.meta.dirname, '../docs/admin-api.json');
const rendered = renderAdminApi();

if (!process.argv.includes('--check')) {
  writeFileSync(page, rendered);
} else if (readFileSync(page, 'utf8') !== rendered) {
  console.error('docs/admin-api.json is stale: run npm run admin-docs');
  process.exitCode = 1;
}
