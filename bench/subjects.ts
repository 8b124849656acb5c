import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { PROGRAM } from '../test/support/program.ts';
import { CONVERTED_MODEL, RELAYED_MODEL } from './traffic.ts';

const ROOT = resolve(import.meta.dirname, '..');
const SOURCES = join(ROOT, 'src/main.ts');

/** Cores: what is measured has one for itself, and everything else shares another. */
const SUBJECT_CORE = '0';
const OTHER_CORE = '1';

/** For subjects of several processes: they share the cores with the load. */
export const ALL_CORES = '0,1';

/** Whether processes can be bound to cores here. */
export const isPinned = spawnSync('taskset', ['-c', OTHER_CORE, 'true']).status === 0;

/** A process under measurement, or beside it. */
export type Subject = {
  name: string;
  port: number;
  pid: number;
  key: string;
  /** What it is asked for. */
  model: string;
  stop(): Promise<void>;
};

/** Moves this process, and what it starts without a core of its own, off the core of the subjects. */
export function leaveSubjectCore(): void {
  if (isPinned) execFileSync('taskset', ['-acp', OTHER_CORE, String(process.pid)], { stdio: 'ignore' });
}

/** Starts the fake upstream. */
export function startUpstream(): Promise<Subject> {
  return startAnnounced('upstream', OTHER_CORE, [join(import.meta.dirname, 'fake-upstream.ts')]);
}

/** Starts the bare server that refuses everything. */
export function startBareRefusal(): Promise<Subject> {
  return startAnnounced('bare refusal', SUBJECT_CORE, [join(import.meta.dirname, 'bare-refusal.ts')]);
}

/** Starts the bare relay in front of an upstream. */
export function startBare(upstream: Subject, flags: readonly string[] = []): Promise<Subject> {
  const script = join(import.meta.dirname, 'bare-relay.ts');
  return startAnnounced('bare', SUBJECT_CORE, [...flags, script, `http://127.0.0.1:${upstream.port}`]);
}

/** A folder with a config and a key, on which a gateway can be started. */
export type Home = { environment: NodeJS.ProcessEnv; key: string; remove(): void };

/** What a gateway has beside the usual. */
export type Extras = {
  /** The part of that name of its config. */
  server?: object;
  /** Further parts of its config. */
  config?: object;
  /** Further variables. */
  variables?: Readonly<Record<string, string>>;
};

/** Makes the folder of a gateway whose one channel leads to the upstream; without one, to the simulator, without pauses. */
export function createHome(upstream: Subject | undefined, logLevel: string, extras: Extras = {}): Home {
  const { server = {}, config = {}, variables = {} } = extras;
  const folder = mkdtempSync(join(tmpdir(), 'ezmodel-bench-'));
  mkdirSync(join(folder, 'data'));
  writeFileSync(join(folder, 'ezmodel.yaml'), JSON.stringify({ channels: channelsTo(upstream), server, ...config }));
  const environment = {
    PATH: process.env['PATH'],
    HOME: folder,
    HOST: '127.0.0.1',
    PORT: '0',
    EZMODEL_DATA_DIR: join(folder, 'data'),
    EZMODEL_CONFIG: join(folder, 'ezmodel.yaml'),
    EZMODEL_LOG_LEVEL: logLevel,
    ...variables,
  };
  const created = execFileSync(process.execPath, [PROGRAM, 'keys', 'create', '--name', 'bench', '--json'], {
    env: environment,
  });
  const { key }: { key: string } = JSON.parse(created.toString());
  return { environment, key, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** The same upstream twice, in the client's dialect and in another; without one, the simulator. */
function channelsTo(upstream: Subject | undefined): object[] {
  if (upstream === undefined) return [{ name: 'simulator', provider: 'simulator', pacing: '0ms' }];
  const base_url = `http://127.0.0.1:${upstream.port}`;
  const api_key = 'bench';
  return [
    { name: 'relayed', provider: 'anthropic', base_url, api_key, models: [RELAYED_MODEL] },
    { name: 'converted', provider: 'openai-compatible', base_url, api_key, models: [CONVERTED_MODEL] },
  ];
}

/** How a gateway is started that collects its garbage all the time. */
export const COLLECTING = [`--import=${new URL('../test/support/collect-garbage.ts', import.meta.url).href}`];

/** Starts a gateway whose log goes to /dev/null, and waits until it is ready. */
export async function startGateway(
  name: string,
  upstream: Subject,
  options: Extras & { logLevel?: string; flags?: string[]; cores?: string; runsSources?: boolean } = {},
): Promise<Subject> {
  const { logLevel = 'info', flags = [], cores = SUBJECT_CORE, runsSources = false, ...extras } = options;
  const home = createHome(upstream, logLevel, extras);
  const port = await freePort();
  const child = spawnOn(cores, [...profileFlags(name), ...flags, runsSources ? SOURCES : PROGRAM, 'serve'], {
    env: { ...home.environment, PORT: String(port) },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  while (!(await isReady(port))) {
    if (child.exitCode !== null) throw new Error(`the gateway ended at once with status ${child.exitCode}`);
    await pause(20);
  }
  return subjectOf(name, child, port, home);
}

/** Starts a gateway in front of the simulator and resolves when it says where it listens. */
export async function startOnSimulator(home: Home): Promise<Subject> {
  const child = spawnOn(SUBJECT_CORE, [PROGRAM, 'serve'], {
    env: home.environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const port = await announcedPort(child, /http:\/\/127\.0\.0\.1:(\d+)/);
  return subjectOf('gateway', child, port, { ...home, remove: () => undefined });
}

/** Resident memory of a process, in bytes. */
export function residentBytes({ pid }: Subject): number {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)]).toString()) * 1024;
}

/**
 * CPU time that all threads of a process and of its workers have used, in ms; undefined where the system does not tell it
 * finely enough.
 */
export function cpuMs({ pid }: Pick<Subject, 'pid'>): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const workers = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').map(Number).filter(Boolean);
  return workers.reduce((sum, worker) => sum + ownCpuMs(worker), ownCpuMs(pid));
}

/** How long the main thread of a process has waited for a core, in ms; undefined where the system does not tell it. */
export function coreWaitMs({ pid }: Pick<Subject, 'pid'>): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const [, waited] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ').map(Number);
  return waited === undefined ? undefined : waited / 1e6;
}

function ownCpuMs(pid: number): number {
  const [, fields = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
  const [user, system] = fields.split(' ').slice(11, 13);
  return (Number(user) + Number(system)) * 10;
}

/** `EZMODEL_BENCH_PROFILE=<folder>` writes a CPU profile of every gateway there. */
function profileFlags(name: string): string[] {
  const folder = process.env['EZMODEL_BENCH_PROFILE'];
  return folder ? ['--cpu-prof', `--cpu-prof-dir=${resolve(folder, name)}`] : [];
}

async function startAnnounced(name: string, core: string, args: string[]): Promise<Subject> {
  const child = spawnOn(core, args, { env: process.env, stdio: ['ignore', 'pipe', 'inherit'] });
  const port = await announcedPort(child, /listening on (\d+)/);
  return subjectOf(name, child, port, undefined);
}

type SpawnOptions = { env: NodeJS.ProcessEnv; stdio: ('ignore' | 'pipe' | 'inherit')[] };

function spawnOn(core: string, args: string[], options: SpawnOptions): ChildProcess {
  const child = isPinned
    ? spawn('taskset', ['-c', core, process.execPath, ...args], options)
    : spawn(process.execPath, args, options);
  // A run that fails must not leave its processes behind.
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
  return child;
}

function announcedPort(child: ChildProcess, pattern: RegExp): Promise<number> {
  return new Promise((settle, reject) => {
    let printed = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      const port = pattern.exec(printed)?.[1];
      if (port !== undefined) settle(Number(port));
    });
    child.once('exit', (code) => reject(new Error(`a process ended with status ${code}: ${printed}`)));
  });
}

function subjectOf(name: string, child: ChildProcess, port: number, home: Home | undefined): Subject {
  const { pid } = child;
  if (pid === undefined) throw new Error(`${name} could not be started`);
  const exited = new Promise<void>((settle) => child.once('exit', () => settle()));
  const stop = async () => {
    child.kill('SIGTERM');
    await exited;
    home?.remove();
  };
  return { name, port, pid, key: home?.key ?? 'none', model: RELAYED_MODEL, stop };
}

async function isReady(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/readyz`)).ok;
  } catch {
    return false;
  }
}

/** A port that was free a moment ago. */
function freePort(): Promise<number> {
  return new Promise((settle, reject) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') return reject(new Error('a TCP server has a port'));
      server.close(() => settle(address.port));
    });
  });
}
