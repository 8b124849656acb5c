import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isJsonObject, type Json, type JsonObject, numberAt, stringAt } from '../../src/core/json.ts';
import type { StoreLocation } from '../../src/store/open.ts';
import { type Answer, call, type LiveAnswer, type Outgoing, openStream } from './call.ts';
import { type CommandResult, compileCache, runCommand, runInOwnProcess } from './command-line.ts';
import { leaksOf, secretsOfConfig } from './leaks.ts';
import { NODE, PROGRAM } from './program.ts';
import { waitFor, within } from './wait.ts';

/** How a test wants its server. */
export type GatewayOptions = {
  /** The text of `ezmodel.yaml`; without it the server runs on what its environment says. */
  config?: string;
  /** On top of the few variables that every server here gets. */
  environment?: Record<string, string>;
  /** A data folder that is there already, to start again on. It is then not removed at the end. */
  dataDirectory?: string;
  /** Longest that its start may take, in ms; several processes share few cores. */
  patience?: number;
};

/** One settled exchange as `usage --json --rows` prints it. */
export type UsageRow = JsonObject;

/** What `usage --json --rows` prints. */
export type UsageReport = { totals: JsonObject; groups: JsonObject[]; rows: UsageRow[] };

/** A real server process of the gateway, with a folder of its own. */
export class Gateway {
  readonly folder: string;
  readonly dataDirectory: string;
  readonly configFile: string | undefined;
  readonly environment: Record<string, string>;
  /** The key that requests are sent with unless they bring their own. */
  key = '';
  keyId = '';
  private child: ChildProcess | undefined;
  private printed = '';
  private address = '';
  private exited: Promise<number | null> = Promise.resolve(null);
  private readonly ownsData: boolean;
  private readonly patience: number | undefined;
  /** What must be found nowhere in clear: see {@link leaksOf}. */
  private readonly secrets = new Set<string>();
  private earlier = '';

  constructor(options: GatewayOptions) {
    this.folder = mkdtempSync(join(tmpdir(), 'ezmodel-test-'));
    this.patience = options.patience;
    this.ownsData = options.dataDirectory === undefined;
    this.dataDirectory = options.dataDirectory ?? join(this.folder, 'data');
    this.configFile = options.config === undefined ? undefined : join(this.folder, 'ezmodel.yaml');
    if (this.configFile !== undefined) writeFileSync(this.configFile, options.config ?? '');
    this.environment = {
      PATH: process.env['PATH'] ?? '',
      HOME: this.folder,
      PORT: '0',
      HOST: '127.0.0.1',
      ...compileCache(),
      EZMODEL_DATA_DIR: this.dataDirectory,
      ...(this.configFile !== undefined && { EZMODEL_CONFIG: this.configFile }),
      ...options.environment,
    };
  }

  get url(): string {
    if (this.address === '') throw new Error('the gateway has not been started');
    return this.address;
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  /** Everything that the server has printed, both streams. */
  get output(): string {
    return this.printed;
  }

  /** Where its store is. */
  get storeLocation(): StoreLocation {
    const databaseUrl = this.environment['DATABASE_URL'];
    return { dataDir: this.dataDirectory, ...(databaseUrl !== undefined && { databaseUrl }) };
  }

  get isRunning(): boolean {
    return this.child !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  get pid(): number {
    const pid = this.child?.pid;
    if (pid === undefined) throw new Error('the gateway is not running');
    return pid;
  }

  /** Starts the process and waits for the address it prints. */
  async start(): Promise<void> {
    await this.takeStoreUnderTest();
    const child = spawn(NODE, [PROGRAM, 'serve'], { cwd: this.folder, env: this.environment });
    this.child = child;
    this.earlier += this.printed;
    this.printed = '';
    child.stdout.on('data', (chunk: Buffer) => this.take(chunk));
    child.stderr.on('data', (chunk: Buffer) => this.take(chunk));
    let running = true;
    this.exited = new Promise((settle) => {
      child.once('exit', (code) => {
        running = false;
        settle(code);
      });
    });
    this.address = await waitFor(
      'the address of the gateway',
      () => {
        if (!running) throw new Error(`the gateway ended at once:\n${this.printed}`);
        return /http:\/\/127\.0\.0\.1:\d+/.exec(this.printed)?.[0];
      },
      this.patience,
    );
  }

  /** Runs a command of the CLI on this gateway's folder, after the earlier ones of this test file. */
  command(...args: string[]): Promise<CommandResult> {
    return runCommand({ args, folder: this.folder, environment: this.environment });
  }

  /** The same in a process of its own, so that several run at the same time. */
  commandAlone(...args: string[]): Promise<CommandResult> {
    return runInOwnProcess({ args, folder: this.folder, environment: this.environment });
  }

  /** Makes a key through the CLI and waits until the running server takes it. */
  async createKey(name: string, ...flags: string[]): Promise<{ id: string; key: string }> {
    const result = await this.command('keys', 'create', '--name', name, '--json', ...flags);
    if (result.code !== 0) throw new Error(`keys create failed: ${result.stdout}${result.stderr}`);
    const created = parseObject(result.stdout);
    const [id, key] = [stringAt(created, 'id'), stringAt(created, 'key')];
    if (id === undefined || key === undefined) throw new Error(`keys create printed ${result.stdout}`);
    this.secrets.add(key);
    return { id, key };
  }

  /** Waits until the server's answer to this key is (or is no longer) a 401; at most the 1 s that is promised (S13). */
  async waitForKey(key: string, accepted: boolean, patience = 1_000): Promise<void> {
    const headers = { 'x-api-key': key, 'anthropic-version': '2023-06-01' };
    await waitFor(
      `the key to be ${accepted ? 'accepted' : 'refused'}`,
      async () => ((await call(`${this.url}/v1/models`, { headers })).status !== 401) === accepted,
      patience,
    );
  }

  /** Headers of an ordinary request of this gateway's key. */
  headers(more: Record<string, string> = {}): Record<string, string> {
    return { 'x-api-key': this.key, 'anthropic-version': '2023-06-01', 'content-type': 'application/json', ...more };
  }

  /** Sends a request with the usual headers and reads the whole answer. */
  send(path: string, outgoing: Outgoing = {}): Promise<Answer> {
    return call(`${this.url}${path}`, { ...outgoing, headers: this.headers(outgoing.headers) });
  }

  /** `POST /v1/messages` with the usual headers. */
  messages(body: NonNullable<Outgoing['body']>, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send('/v1/messages', { method: 'POST', body, headers });
  }

  /** `POST /v1/messages` with `stream: true`, given as soon as the headers are there. */
  stream(body: JsonObject, headers: Record<string, string> = {}): Promise<LiveAnswer> {
    return openStream(`${this.url}/v1/messages`, {
      method: 'POST',
      body: { ...body, stream: true },
      headers: this.headers(headers),
    });
  }

  /** What the ledger says, all rows included. */
  async usage(...flags: string[]): Promise<UsageReport> {
    const result = await this.command('usage', '--json', '--rows', ...flags);
    if (result.code !== 0) throw new Error(`usage failed: ${result.stdout}${result.stderr}`);
    const report = parseObject(result.stdout);
    return {
      totals: isJsonObject(report['totals']) ? report['totals'] : {},
      groups: objectsIn(report['groups']),
      rows: objectsIn(report['rows']),
    };
  }

  /** The settled row of one exchange, once it is there. */
  async settledRow(requestId: string): Promise<UsageRow> {
    return waitFor(`the row of ${requestId}`, async () => {
      const { rows } = await this.usage();
      return rows.find((row) => row['request_id'] === requestId && row['status'] !== 'open');
    });
  }

  /** SIGTERM, then waits for the end. @returns the exit code. */
  async stop(patience?: number): Promise<number | null> {
    this.signal('SIGTERM');
    return within('the gateway to stop', this.exited, patience);
  }

  /** SIGKILL, then waits for the end. */
  async kill9(): Promise<void> {
    this.signal('SIGKILL');
    await within('the gateway to die', this.exited);
  }

  signal(signal: NodeJS.Signals): void {
    process.kill(this.pid, signal);
  }

  /** Settles with the exit code when the process has ended. */
  get end(): Promise<number | null> {
    return this.exited;
  }

  /**
   * Ends the process if it still runs, and removes its folder.
   * @throws Error when a secret has got into what it printed or stored (G25).
   */
  async dispose(): Promise<void> {
    if (this.isRunning) await this.kill9();
    for (const secret of secretsOfConfig(this.configFile)) this.secrets.add(secret);
    const leaks = leaksOf([...this.secrets], { text: this.earlier + this.printed, folder: this.dataDirectory });
    if (this.ownsData) rmSync(this.folder, { recursive: true, force: true });
    if (leaks.length > 0) throw new Error(`secrets have leaked: ${leaks.join('; ')}`);
  }

  /** In the suites that run on PostgreSQL, a database of its own for a gateway that names none. */
  private async takeStoreUnderTest(): Promise<void> {
    if (process.env['EZMODEL_TEST_POSTGRES'] === undefined || 'DATABASE_URL' in this.environment) return;
    const { freshLocation } = await import('./store-under-test.ts');
    const { databaseUrl } = await freshLocation(this.dataDirectory);
    this.environment['DATABASE_URL'] = databaseUrl ?? '';
    this.environment['EZMODEL_SECRET'] = 'a secret that all nodes have in common';
  }

  private take(chunk: Buffer): void {
    this.printed += chunk.toString();
  }
}

/** Starts a gateway and gives it a key. */
export async function startGateway(options: GatewayOptions = {}): Promise<Gateway> {
  const gateway = new Gateway(options);
  await gateway.start();
  const { id, key } = await gateway.createKey('tests');
  gateway.key = key;
  gateway.keyId = id;
  await gateway.waitForKey(key, true);
  return gateway;
}

/** A sum of token counters of a row: absent counters are an error, not zero. */
export function counter(row: UsageRow, name: string): number {
  const value = numberAt(row, name);
  if (value === undefined) throw new Error(`${name} is missing in ${JSON.stringify(row)}`);
  return value;
}

/** The text of a config with one `anthropic` channel that leads to the given address. */
export function channelConfig(options: {
  url: string;
  apiKey: string;
  models?: Json;
  timeouts?: Record<string, string>;
  more?: string;
}): string {
  const timeouts = { connect: '2s', first_event: '30s', idle: '30s', total: '120s', ...options.timeouts };
  const channel = {
    name: 'fake',
    provider: 'anthropic',
    base_url: options.url,
    api_key: options.apiKey,
    models: options.models ?? ['*'],
    timeouts,
  };
  return `channels:\n  - ${JSON.stringify(channel)}\n${options.more ?? ''}`;
}

/** The text of a config whose only channel is the simulator, without pauses. */
export const SIMULATOR_CONFIG = 'channels:\n  - { name: simulator, provider: simulator, pacing: 0ms }\n';

function parseObject(text: string): JsonObject {
  const parsed: unknown = JSON.parse(text);
  if (!isJsonObject(parsed)) throw new Error(`not a JSON object: ${text}`);
  return parsed;
}

function objectsIn(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
