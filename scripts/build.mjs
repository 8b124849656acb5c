// Bundles the server into dist/server and the console into dist/console, which the npm package ships: `npm run build`.
import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bundleServer } from './lib/server.mjs';
import { buildConsole, prepare, root } from './lib/setup.mjs';

process.chdir(root);
await prepare();
const folder = join(root, 'dist', 'server');
rmSync(folder, { recursive: true, force: true });
const isBundled = await bundleServer(folder);
if (isBundled) chmodSync(join(folder, 'main.js'), 0o755);
const isWhole = isBundled && (await buildConsole());
process.exit(isWhole ? 0 : 1);
