// Packs the npm package, installs it offline, and starts what was installed: `node scripts/packed.mjs`, after `npm run build`.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pinnedNode, root } from './lib/setup.mjs';

/** What a package asks for and goes on without: colours of a terminal, a native driver. */
const OPTIONAL = new Set(['supports-color', 'pg-native']);

/** What the server may be made of: packages in the bundle. */
const MOST_PACKAGES = 60;

/** How long a start may take on a busy machine, in ms. */
const PATIENCE = 60_000;

const folder = mkdtempSync(join(tmpdir(), 'ezmodel-packed-'));
try {
  const installed = install();
  checkImports(join(installed, 'dist', 'server'));
  countPackages(join(installed, 'dist', 'server', 'third-party-licences.md'));
  await start(join(installed, 'dist', 'server', 'main.js'));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** @returns {string} where the package lies, of which nothing but its tarball was asked for */
function install() {
  const options = { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] };
  const printed = execFileSync('npm', ['pack', root, '--ignore-scripts', '--json'], options);
  const [{ filename, size, entryCount }] = Object.values(JSON.parse(printed));
  console.log(`packed ${entryCount} files, ${Math.round(size / 1024)} KiB`);
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  execFileSync(
    'npm',
    ['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', `./${filename}`],
    options,
  );
  const packages = readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.'));
  if (packages.join() !== 'ezmodel') throw new Error(`installed ${packages.join(', ')}`);
  return join(folder, 'node_modules', 'ezmodel');
}

/** @throws Error when a file of the bundle needs a package at run time, which would not be there */
function checkImports(bundle) {
  const needed = new Set();
  for (const name of readdirSync(bundle).filter((each) => each.endsWith('.js'))) {
    const text = readFileSync(join(bundle, name), 'utf8');
    for (const [, target] of text.matchAll(/(?:^|[;}\s])(?:import|export)\b[^'"`;]*?from\s*["']([^"']+)["']/gm)) {
      needed.add(target);
    }
    for (const [, target] of text.matchAll(/\b(?:import|require\w*)\(\s*["']([^"']+)["']\s*\)/g)) needed.add(target);
  }
  const isThere = (target) => /^(?:node:|\.{1,2}\/)/.test(target) || builtinModules.includes(target);
  const missing = [...needed].filter((target) => !isThere(target) && !OPTIONAL.has(target));
  if (missing.length > 0) throw new Error(`the bundle imports ${missing.join(', ')}`);
}

/** @throws Error when the server is made of too much */
function countPackages(licences) {
  const count = readFileSync(licences, 'utf8').match(/^## /gm)?.length ?? 0;
  console.log(`bundled ${count} packages`);
  if (count === 0 || count > MOST_PACKAGES) throw new Error(`the bundle holds ${count} packages, of ${MOST_PACKAGES}`);
}

/** Starts it, asks for its health, a page of the console and an answer of the simulator with its price, and ends it. */
async function start(program) {
  const data = join(folder, 'data');
  mkdirSync(data);
  const config = join(folder, 'ezmodel.yaml');
  writeFileSync(config, 'channels: [{ name: simulator, provider: simulator, pacing: 0ms }]\n');
  const env = { PATH: process.env.PATH, HOME: folder, HOST: '127.0.0.1', PORT: '0', EZMODEL_DATA_DIR: data };
  const child = spawn(pinnedNode, [program, 'serve', '--config', config], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  try {
    const { address, key } = await told(child);
    for (const path of ['/readyz', '/console']) await expectOk(`${address}${path}`);
    const body = { model: 'claude-opus-5-5', max_tokens: 20, messages: [{ role: 'user', content: 'hi' }] };
    const headers = { 'x-api-key': key, 'anthropic-version': '2023-06-01', 'content-type': 'application/json' };
    await expectOk(`${address}/v1/messages`, { method: 'POST', headers, body: JSON.stringify(body) });
    const prices = [program, '--config', config, 'prices', 'list', '--json'];
    execFileSync(pinnedNode, prices, { cwd: folder, env, stdio: ['ignore', 'ignore', 'inherit'] });
  } finally {
    child.kill('SIGTERM');
  }
  const status = await ended;
  if (status !== 0) throw new Error(`the packed program ended with status ${status}`);
  console.log('the packed program starts, answers and ends');
}

/** What the program says of itself: where it listens, and the key that is shown once. */
function told(child) {
  return new Promise((resolve, reject) => {
    let printed = '';
    const late = setTimeout(() => reject(new Error(`the packed program does not start: ${printed}`)), PATIENCE);
    child.stdout.setEncoding('utf8').on('data', (text) => {
      printed += text;
      const address = /http:\/\/127\.0\.0\.1:\d+/.exec(printed)?.[0];
      const key = /sk-ez-[\w-]+/.exec(printed)?.[0];
      if (address === undefined || key === undefined) return;
      clearTimeout(late);
      resolve({ address, key });
    });
    child.once('exit', (status) => reject(new Error(`the packed program ended with status ${status}: ${printed}`)));
  });
}

/** @throws Error for any other answer than a 200 */
async function expectOk(url, init) {
  const answer = await fetch(url, init);
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`${url}: ${answer.status} ${text.slice(0, 500)}`);
}
