import { runCli } from '../../src/cli/run.ts';
import type { CommandOrder, CommandResult } from './command-line.ts';

// The other side of `command-line.ts`: loads the CLI once, and runs one command after another as a process of its own would.
process.on('message', obey);
const end = process.exit.bind(process);
process.on('disconnect', () => end());
// As the program itself does.
process.umask(0o077);
// A command that has failed ends its process a moment later; this one goes on.
Object.assign(process, { exit: () => undefined });

async function obey({ args, folder, environment }: CommandOrder): Promise<void> {
  const result: CommandResult = { code: 0, stdout: '', stderr: '' };
  process.chdir(folder);
  process.env = { ...environment };
  for (const name of ['stdout', 'stderr'] as const) {
    process[name].removeAllListeners('error');
    process[name].write = (chunk: string | Uint8Array) => {
      result[name] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
      return true;
    };
  }
  await runCli(args);
  result.code = Number(process.exitCode ?? 0);
  process.exitCode = undefined;
  process.send?.(result);
}
