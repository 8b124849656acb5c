// Runs on the host's own Node (20 or newer), before anything is installed: built-in modules and plain JavaScript only.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that holds package.json. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

const modules = join(root, 'node_modules');
/** The Node that runs everything but what prepares it. */
export const pinnedNode = join(modules, '.bin', 'node');
// Of what runs as TypeScript: tests, benches, scripts. A bundle keeps its own, see src/main.ts.
const compileCache = process.env.NODE_COMPILE_CACHE ?? join(modules, '.cache', 'ezmodel');

/**
 * Makes node_modules what package-lock.json says; does nothing when it already is. Progress goes to stderr.
 * Ends the process with status 1 when the installation fails.
 */
export async function prepare() {
  if (isInstalled()) return;
  console.error('EZModel: installing dependencies (npm ci), once ...');
  const began = Date.now();
  const status = await run('npm', ['ci', '--loglevel=error', '--no-audit', '--no-fund', '--no-progress'], {
    PATH: pathWithoutModules(),
  });
  if (status !== 0 || !existsSync(pinnedNode)) {
    console.error('EZModel: the installation failed; see the messages above, then run the command again.');
    process.exit(1);
  }
  console.error(`EZModel: dependencies installed in ${((Date.now() - began) / 1000).toFixed(1)} s.`);
}

// A terminal sends Ctrl-C to every process in its foreground, and npm passes its own copy on as well.
const inTerminal = [process.stdin, process.stdout, process.stderr].some((stream) => stream.isTTY);

/**
 * Gives this process over to the pinned Node with the given arguments: same terminal, signals and exit status.
 * Where Node can replace the process image it does. In a terminal it does not: this process then stands between npm and
 * the program and keeps npm's copy of Ctrl-C, which would be a second one.
 * @param {string[]} args
 * @param {Record<string, string>} [more] added to this process's environment
 */
export async function handOver(args, more = {}) {
  const PATH = [join(modules, '.bin'), process.env.PATH].join(delimiter);
  const env = { ...process.env, NODE_COMPILE_CACHE: compileCache, PATH, ...more };
  if (typeof process.execve === 'function' && !inTerminal) {
    // The call is marked experimental; the notice about it is of no use to anyone who starts a server.
    process.removeAllListeners('warning');
    process.execve(pinnedNode, [pinnedNode, ...args], env);
  }
  process.exit(await run(pinnedNode, args, env));
}

/**
 * Runs a command to its end in the project's folder, on this terminal.
 * @param {string} command
 * @param {string[]} args
 * @param {Record<string, string | undefined>} [env] added to this process's own
 * @returns {Promise<number>} its exit status; 128 + signal number when a signal ended it
 */
export function run(command, args, env = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, env: { ...process.env, ...env }, stdio: 'inherit' });
    const forward = (signal) => (signal === 'SIGINT' && inTerminal) || child.kill(signal);
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, forward);
    child.once('error', (error) => {
      console.error(`EZModel: cannot run ${command}: ${error.message}`);
      resolve(127);
    });
    child.once('exit', (code, signal) => {
      for (const name of signals) process.off(name, forward);
      resolve(code ?? 128 + ({ SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }[signal] ?? 0));
    });
  });
}

/** What the built console is made from, and where it goes. */
const consoleSources = ['console', 'src/admin/contract.ts', 'package-lock.json'];
const builtConsole = join(root, 'dist', 'console');

/**
 * Builds the web console into dist/console when it is not there or older than its sources, which are looked at in a few ms.
 * A console that cannot be built holds nothing up: the gateway runs without it, and says so.
 */
export async function prepareConsole() {
  const built = timeOf(join(builtConsole, 'index.html'));
  if (built >= Math.max(...consoleSources.map((name) => newestIn(join(root, name))))) return;
  console.error('EZModel: building the console, once ...');
  const began = Date.now();
  if (await buildConsole()) console.error(`EZModel: console built in ${((Date.now() - began) / 1000).toFixed(1)} s.`);
  else console.error('EZModel: the console could not be built; see the messages above. The gateway runs without it.');
}

/** Builds into a folder of its own, which then takes the place of the earlier one: servers may start side by side. */
export async function buildConsole() {
  const fresh = join(root, 'dist', `.console-${process.pid}`);
  const status = await run(
    pinnedNode,
    ['node_modules/vite/bin/vite.js', 'build', '--logLevel', 'warn', '--config', 'console/vite.config.ts'],
    { EZMODEL_CONSOLE_OUT: fresh, NODE_ENV: 'production' },
  );
  if (status === 0) {
    rmSync(builtConsole, { recursive: true, force: true });
    renameSync(fresh, builtConsole);
  }
  rmSync(fresh, { recursive: true, force: true });
  return status === 0;
}

/** When a file changed last, in Unix ms; 0 when there is none. */
function timeOf(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function newestIn(path) {
  if (!statSync(path).isDirectory()) return timeOf(path);
  return Math.max(...readdirSync(path, { recursive: true }).map((name) => timeOf(join(path, name))));
}

/** True when every package of the lock file that this platform needs is there, in the version of the lock. */
function isInstalled() {
  const wanted = readPackages(join(root, 'package-lock.json'));
  const present = readPackages(join(modules, '.package-lock.json'));
  if (!wanted || !present || !existsSync(pinnedNode)) return false;
  const missing = Object.entries(wanted).some(
    ([path, entry]) => path !== '' && !entry.optional && present[path]?.version !== entry.version,
  );
  const foreign = Object.entries(present).some(([path, entry]) => wanted[path]?.version !== entry.version);
  return !missing && !foreign;
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** PATH without this project's tools: `npm ci` is about to delete the very Node that npm put there. */
function pathWithoutModules() {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => !folder.startsWith(modules))
    .join(delimiter);
}
