import { handOver, prepare, root } from './lib/setup.mjs';

process.chdir(root);
await prepare();
await handOver(['node_modules/vitest/vitest.mjs', 'run', ...process.argv.slice(2)]);
