// The bundled server: what `npm start`, the command line, the tests and the benches run. Built-in modules only, as setup.mjs.
import { createHash } from 'node:crypto';
import { readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { pinnedNode, root, run } from './setup.mjs';

/** What the server is bundled from. */
const PARTS = ['bundle.mjs', 'http-parts.mjs', 'no-http2.cjs', 'undici-parts.mjs'].map((name) => `scripts/lib/${name}`);
const SOURCES = ['src', 'package-lock.json', ...PARTS];

/** Bundles that are kept: a server that runs loads rarely used parts from its own, however often newer sources are bundled. */
const KEPT = 5;

const dist = join(root, 'dist');

/**
 * Bundles the server when its sources have changed since, or were never bundled. Servers may start side by side: each bundles
 * into a folder of its own, which then takes the name that the state of the sources has. Ends the process with status 1 when
 * that fails.
 * @returns {Promise<string>} the program's path
 */
export async function prepareServer() {
  const folder = join(dist, `server-${stateOfSources()}`);
  const program = join(folder, 'main.js');
  if (isThere(program)) {
    markUsed(folder);
    return program;
  }
  console.error('EZModel: bundling the server, as its sources are new ...');
  const began = Date.now();
  if (!(await bundleServer(folder)) && !isThere(program)) {
    console.error('EZModel: the server could not be bundled; see the messages above.');
    process.exit(1);
  }
  removeOldBundles();
  console.error(`EZModel: server bundled in ${((Date.now() - began) / 1000).toFixed(1)} s.`);
  return program;
}

/**
 * Bundles the server; the whole folder is there at once, or is not.
 * @param {string} folder
 * @returns {Promise<boolean>} false when it could not be bundled, or another process was faster
 */
export async function bundleServer(folder) {
  const fresh = join(dist, `.server-${process.pid}`);
  const status = await run(pinnedNode, ['scripts/lib/bundle.mjs', fresh], { NODE_ENV: 'production' });
  const isWhole = status === 0 && moved(fresh, folder);
  rmSync(fresh, { recursive: true, force: true });
  return isWhole;
}

function moved(from, to) {
  try {
    renameSync(from, to);
    return true;
  } catch {
    return false;
  }
}

/** Names, sizes and times of all sources, as one word: looked at in a few ms, where reading them takes much of a start. */
function stateOfSources() {
  const hash = createHash('sha256');
  for (const file of SOURCES.flatMap(filesOf)) {
    const { size, mtimeMs } = statSync(join(root, file));
    hash.update(`${file} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex').slice(0, 12);
}

function filesOf(name) {
  if (!statSync(join(root, name)).isDirectory()) return [name];
  return readdirSync(join(root, name), { recursive: true })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .sort()
    .map((file) => join(name, file));
}

function removeOldBundles() {
  const bundles = readdirSync(dist)
    .filter((name) => name.startsWith('server-'))
    .map((name) => ({ path: join(dist, name), usedAt: statSync(join(dist, name)).mtimeMs }))
    .sort((a, b) => b.usedAt - a.usedAt);
  for (const { path } of bundles.slice(KEPT)) rmSync(path, { recursive: true, force: true });
}

function markUsed(folder) {
  try {
    utimesSync(folder, new Date(), new Date());
  } catch {
    // Another user's clone: it is they who tidy it.
  }
}

function isThere(path) {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
