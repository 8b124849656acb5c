// Compiles src/ to dist/ and the console to dist/console, from an empty folder: `npm run build`.
import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildConsole, prepare, root, run } from './lib/setup.mjs';

process.chdir(root);
await prepare();
rmSync(join(root, 'dist'), { recursive: true, force: true });
const status = await run(join(root, 'node_modules', '.bin', 'tsc'), ['-p', 'tsconfig.build.json']);
if (status === 0) chmodSync(join(root, 'dist', 'main.js'), 0o755);
const isWhole = status === 0 && (await buildConsole());
process.exit(isWhole ? 0 : 1);
