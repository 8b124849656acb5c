// Takes the pictures of the console for the docs, of the sources as they are: `npm run screenshots`.
import { handOver, prepare, prepareConsole, root } from './lib/setup.mjs';

process.chdir(root);
await prepare();
await prepareConsole();
await handOver(['scripts/screenshots.ts']);
