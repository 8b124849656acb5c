import { handOver, prepare, prepareConsole, root } from './lib/setup.mjs';

process.chdir(root);
await prepare();
await prepareConsole();
await handOver(['src/main.ts', 'serve', ...process.argv.slice(2)]);
