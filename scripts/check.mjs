// The checks beside the tests: `npm run check`. All of them run, and one failure fails the whole.
import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { prepare, root } from './lib/setup.mjs';

/** Rows run side by side, the steps of a row one after the other. */
const ROWS = [
  [
    ['types', 'tsc', '-p', 'tsconfig.json'],
    ['types of the console', 'tsc', '-p', 'console/tsconfig.json'],
    ['format and lint', 'biome', 'ci', '--error-on-warnings', '.'],
  ],
  [
    ['build', 'node', 'scripts/build.mjs'],
    ['package', 'publint', '--strict'],
    ['packed program', 'node', 'scripts/packed.mjs'],
    ['unused files, exports and dependencies', 'knip'],
  ],
];

process.chdir(root);
await prepare();
const PATH = [join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter);
const failed = [];
await Promise.all(ROWS.map(runRow));
if (failed.length > 0) {
  console.error(`\nFailed: ${failed.join('; ')}`);
  process.exit(1);
}

async function runRow(steps) {
  for (const [name, command, ...args] of steps) {
    const began = Date.now();
    const { status, output } = await outcomeOf(join(root, 'node_modules', '.bin', command), args);
    console.log(`\n== ${name}: ${[command, ...args].join(' ')}\n${output.trimEnd()}`);
    console.log(`== ${name}: ${status === 0 ? 'ok' : `FAILED (status ${status})`}, ${Date.now() - began} ms`);
    if (status !== 0) failed.push(name);
  }
}

/** Runs a command to its end; what it prints is kept together, since another prints at the same time. */
function outcomeOf(command, args) {
  const child = spawn(command, args, { env: { ...process.env, PATH }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  return new Promise((settle) => {
    child.once('error', (error) => settle({ status: 127, output: error.message }));
    child.once('close', (status) => settle({ status, output }));
  });
}
