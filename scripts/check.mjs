// The checks beside the tests: `npm run check`. All of them run, and one failure fails the whole.
import { delimiter, join } from 'node:path';
import { prepare, root, run } from './lib/setup.mjs';

const STEPS = [
  ['types', 'tsc', '-p', 'tsconfig.json'],
  ['types of the console', 'tsc', '-p', 'console/tsconfig.json'],
  ['format and lint', 'biome', 'ci', '--error-on-warnings', '.'],
  ['unused files, exports and dependencies', 'knip'],
  ['build', 'node', 'scripts/build.mjs'],
  ['package', 'publint', '--strict'],
  ['built program', 'node', 'dist/server/main.js', '--version'],
];

process.chdir(root);
await prepare();
const PATH = [join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter);
const failed = [];
for (const [name, command, ...args] of STEPS) {
  const began = Date.now();
  console.log(`\n== ${name}: ${[command, ...args].join(' ')}`);
  const status = await run(join(root, 'node_modules', '.bin', command), args, { PATH });
  console.log(`== ${name}: ${status === 0 ? 'ok' : `FAILED (status ${status})`}, ${Date.now() - began} ms`);
  if (status !== 0) failed.push(name);
}
if (failed.length > 0) {
  console.error(`\nFailed: ${failed.join('; ')}`);
  process.exit(1);
}
