import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderAdminApi } from './lib/admin-api-document.ts';
import { renderAdminContract } from './lib/admin-contract.ts';

// Writes docs/admin-api.json, the OpenAPI document of the admin API, and src/admin/contract.ts, the types that the console sees
// of it; with `--check` it writes nothing and fails when one of them is stale.
const FILES = { 'docs/admin-api.json': renderAdminApi, 'src/admin/contract.ts': renderAdminContract };

for (const [name, render] of Object.entries(FILES)) {
  const file = join(import.meta.dirname, '..', name);
  if (!process.argv.includes('--check')) {
    writeFileSync(file, render());
  } else if (readFileSync(file, 'utf8') !== render()) {
    console.error(`${name} is stale: run npm run admin-docs`);
    process.exitCode = 1;
  }
}
