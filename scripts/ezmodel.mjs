import { prepareServer } from './lib/server.mjs';
import { handOver, prepare, root } from './lib/setup.mjs';

process.chdir(root);
await prepare();
await handOver([await prepareServer(), ...process.argv.slice(2)]);
