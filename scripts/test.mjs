import { handOver, prepare, prepareConsole, root } from './lib/setup.mjs';

process.chdir(root);
await prepare();
await prepareConsole();
await handOver(['node_modules/vitest/vitest.mjs', 'run', ...process.argv.slice(2)]);
