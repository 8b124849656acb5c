import { handOver, prepare, root } from './lib/setup.mjs';

process.chdir(root);
await prepare();
await handOver(['src/main.ts', ...process.argv.slice(2)]);
