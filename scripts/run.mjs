// Runs a TypeScript file of this project on the pinned Node: `node scripts/run.mjs scripts/catalogue.ts --check`.
import { prepareServer } from './lib/server.mjs';
import { handOver, prepare, root } from './lib/setup.mjs';

process.chdir(root);
await prepare();
const [file] = process.argv.slice(2);
// What a bench measures is what users run.
const more = file?.startsWith('bench/') ? { EZMODEL_PROGRAM: await prepareServer() } : {};
await handOver(process.argv.slice(2), more);
