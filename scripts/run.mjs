// Runs a TypeScript file of this project on the pinned Node: `node scripts/run.mjs scripts/catalogue.ts --check`.
import { handOver, prepare, root } from './lib/setup.mjs';

process.chdir(root);
await prepare();
await handOver(process.argv.slice(2));
