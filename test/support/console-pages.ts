import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from './source-tree.ts';

/** The paths of the console's route table, below `/console`; read as text, since the table leads to what only a browser runs. */
export const PAGE_PATHS: readonly string[] = [
  ...readFileSync(join(PROJECT_ROOT, 'console/src/routes.ts'), 'utf8').matchAll(/^ {2}\{ path: '([^']+)'/gm),
].map(([, path = '']) => path);
