import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { freePort } from './free-port.ts';
import { waitFor, within } from './wait.ts';

const PROGRAM = '/usr/bin/redis-server';

/** Whether a real Redis can be started here; where not, the reason is printed once and its tests are skipped. */
export const HAS_REDIS = existsSync(PROGRAM);
if (!HAS_REDIS) process.stderr.write(`tests on Redis are skipped: there is no ${PROGRAM}\n`);

/** A real Redis of a test, in memory only. */
export class RedisServer {
  readonly port: number;
  private child: ChildProcess | undefined;

  private constructor(port: number) {
    this.port = port;
  }

  static async start(): Promise<RedisServer> {
    const server = new RedisServer(await freePort());
    await server.run();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts the program (again) on the same port. */
  async run(): Promise<void> {
    const flags = ['--port', `${this.port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    this.child = spawn(PROGRAM, flags, { stdio: 'ignore', cwd: '/tmp' });
    await waitFor('Redis', async () => (await this.command('PING').catch(() => '')).startsWith('+PONG'));
  }

  signal(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  /** Sends one command as a line and gives the raw reply. */
  command(line: string): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const socket = connect(this.port, '127.0.0.1', () => socket.write(`${line}\r\n`));
    socket.once('data', (reply) => {
      resolve(reply.toString());
      socket.destroy();
    });
    socket.once('error', reject);
    return within(`the reply to ${line}`, promise);
  }

  async stop(): Promise<void> {
    const { child } = this;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
    await within('Redis to end', ended);
  }
}
