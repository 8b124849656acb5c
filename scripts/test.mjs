import { prepareServer } from './lib/server.mjs';
import { handOver, prepare, prepareConsole, root } from './lib/setup.mjs';

process.chdir(root);
await prepare();
const [program] = await Promise.all([prepareServer(), prepareConsole()]);
await handOver(['node_modules/vitest/vitest.mjs', 'run', ...process.argv.slice(2)], { EZMODEL_PROGRAM: program });
