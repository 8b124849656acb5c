import { join } from 'node:path';
import { PROJECT_ROOT } from './source-tree.ts';

/** The Node that the project pins. */
export const NODE = join(PROJECT_ROOT, 'node_modules/.bin/node');

/** The program that tests and benches start: the bundle, which the npm scripts make, or the sources without them. */
export const PROGRAM = process.env['EZMODEL_PROGRAM'] ?? join(PROJECT_ROOT, 'src/main.ts');
