import { Command, CommanderError } from 'commander';
import { ConfigError } from '../config/problem.ts';
import { addCommands } from './commands.ts';
import { packageVersion } from './version.ts';

const FAILURE = 1;
const USAGE_FAILURE = 2;
/** How long after a failure the process may take to end by itself, in ms. */
const LINGERING = 500;

/**
 * Runs one command line and leaves its exit status in `process.exitCode`: 1 for a failure, 2 for a command line that makes
 * no sense. Never rejects; failures are told in one line each on stderr.
 * @param args what stands behind the program's name.
 */
export async function runCli(args: readonly string[]): Promise<void> {
  // A reader such as `head` may leave before the end.
  process.stdout.on('error', endQuietly);
  try {
    const program = await createProgram(args);
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    process.exitCode = reportFailure(error);
    // A start that failed half way may leave threads or sockets behind: they must not keep the process.
    setTimeout(() => process.exit(), LINGERING).unref();
  }
}

async function createProgram(args: readonly string[]): Promise<Command> {
  const program = new Command('ezmodel')
    .description('A self-hosted gateway that serves the Anthropic Messages API in front of any upstream.')
    .version(packageVersion(), '--version', 'print the version')
    .helpOption('--help', 'print help')
    .option('--config <file>', 'the config file (default: $EZMODEL_CONFIG, or ezmodel.yaml if there is one)')
    .showHelpAfterError(false)
    .showSuggestionAfterError(true)
    .configureOutput({
      outputError: (text, write) => write(text.replace(/^error: /, 'ezmodel: ').replace(/\n(?=\()/, ' ')),
    })
    .exitOverride();
  await addCommands(program, args);
  return program;
}

function reportFailure(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE_FAILURE;
  const lines = error instanceof ConfigError ? error.message.split('\n') : [messageOf(error)];
  for (const line of lines) process.stderr.write(`ezmodel: ${line}\n`);
  return FAILURE;
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replaceAll('\n', ' ');
}

function endQuietly(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
}
