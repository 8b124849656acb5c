import { prepareServer } from './lib/server.mjs';
import { handOver, prepare, prepareConsole, root } from './lib/setup.mjs';

process.chdir(root);
await prepare();
const [program] = await Promise.all([prepareServer(), prepareConsole()]);
await handOver([program, 'serve', ...process.argv.slice(2)]);
