import { type ChildProcess, execFile, fork } from 'node:child_process';
import { NODE, PROGRAM } from './program.ts';

/** One command of the CLI: what stands behind the program's name, and where it runs. */
export type CommandOrder = { args: readonly string[]; folder: string; environment: Record<string, string> };

/** What a command of the CLI said. */
export type CommandResult = { code: number; stdout: string; stderr: string };

/**
 * The one variable that processes of tests share with whoever runs them: where code is kept without its types, compiled.
 * Making that anew is most of the CPU time of a start.
 */
export function compileCache(): Record<string, string> {
  const folder = process.env['NODE_COMPILE_CACHE'];
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: folder };
}

/** Runs a command in a process of its own, as a user would. */
export function runInOwnProcess({ args, folder, environment }: CommandOrder): Promise<CommandResult> {
  return new Promise((settle) => {
    const options = { cwd: folder, env: environment, maxBuffer: 256 * 1024 * 1024 };
    execFile(NODE, [PROGRAM, ...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      settle({ code, stdout, stderr });
    });
  });
}

let shared: ChildProcess | undefined;
let earlier: Promise<unknown> = Promise.resolve();

/**
 * Runs a command in the process that all commands of a test file share, one after the other: to start one takes a hundred
 * times longer than most commands.
 */
export function runCommand(order: CommandOrder): Promise<CommandResult> {
  // What is preloaded into a process, such as another clock, is for that process alone.
  if ('NODE_OPTIONS' in order.environment) return runInOwnProcess(order);
  const result = earlier.then(() => runInSharedProcess(order));
  earlier = result.catch(() => undefined);
  return result;
}

async function runInSharedProcess(order: CommandOrder): Promise<CommandResult> {
  shared ??= startSharedProcess();
  const child = shared;
  const { promise, resolve: settle, reject } = Promise.withResolvers<CommandResult>();
  const fail = () => reject(new Error(`the process that runs commands ended in ${order.args.join(' ')}`));
  child.once('message', settle).once('exit', fail);
  child.channel?.ref();
  child.send(order);
  try {
    return await promise;
  } catch (error) {
    shared = undefined;
    throw error;
  } finally {
    child.off('message', settle).off('exit', fail);
    child.channel?.unref();
  }
}

function startSharedProcess(): ChildProcess {
  const child = fork(new URL('command-process.ts', import.meta.url), {
    execPath: NODE,
    execArgv: [],
    env: { PATH: process.env['PATH'] ?? '', ...compileCache() },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  child.unref();
  return child;
}
