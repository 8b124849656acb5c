import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { compileCache } from '../../test/support/command-line.ts';
import { PROGRAM } from '../../test/support/program.ts';
import { createAuthenticator } from '../access/authenticate.ts';
import { keyStoreOf } from '../access/key-cache.ts';
import { loadPepper } from '../access/pepper.ts';
import { createLedger } from '../metering/ledger.ts';
import { createPrices } from '../metering/prices.ts';
import { openStore, type Store } from '../store/open.ts';

let directory: string;
let dataDir: string;

type Ended = { status: number | null; out: string; err: string };

/** Runs the real program to its end, with nothing of our own environment. */
async function ezmodel(args: string[], variables: Record<string, string> = {}): Promise<Ended> {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    cwd: directory,
    env: { ...compileCache(), EZMODEL_DATA_DIR: dataDir, ...variables },
  });
  const [out, err] = [child.stdout, child.stderr].map(async (stream) => {
    let text = '';
    for await (const chunk of stream.setEncoding('utf8')) text += chunk;
    return text;
  });
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.on('close', resolve).on('error', reject);
  return { status: await promise, out: (await out) ?? '', err: (await err) ?? '' };
}

const json = async (...args: string[]) => JSON.parse((await ezmodel([...args, '--json'])).out);

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ezmodel-cli-'));
  dataDir = join(directory, 'data');
});
afterEach(() => rmSync(directory, { recursive: true }));

const CONFIG = `channels:
  - { name: main, provider: anthropic, api_key: "\${UPSTREAM_KEY}", models: [claude-opus-5-5, "claude-haiku-*"] }
  - { name: spare, provider: simulator, priority: 1, models: { claude-opus-5-5: simulator } }
models:
  my-model: { model: claude-opus-5-5, channels: [spare] }
`;

describe('the command line', { timeout: 60_000 }, () => {
  test('prints version and help, and without a command the help as a complaint', async () => {
    expect(await ezmodel(['--version'])).toMatchObject({ status: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
    const help = await ezmodel(['--help']);
    expect(help).toMatchObject({ status: 0, err: '' });
    for (const command of ['serve', 'keys', 'channels', 'models', 'usage', 'doctor', 'config']) {
      expect(help.out).toContain(`\n  ${command}`);
    }
    expect(await ezmodel([])).toMatchObject({ status: 2, out: '' });
  });

  test('runs without the accessor by which a key of a document could change a prototype', async () => {
    const spy = `process.on('exit', () => console.log(Object.hasOwn(Object.prototype, '__proto__')))`;
    const variables = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(spy)}` };
    expect((await ezmodel(['--version'], variables)).out).toMatch(/\nfalse\n$/);
  });

  test('refuses what makes no sense with status 2 and one line', async () => {
    const refused: [string[], string][] = [
      [['nope'], "unknown command 'nope'"],
      [['serv'], 'Did you mean serve?'],
      [['keys', 'nope'], "unknown command 'nope'"],
      [['keys', 'create'], "'--name <name>' not specified"],
      [['keys', 'create', '--name', 'a', '--nope'], "unknown option '--nope'"],
      [['keys', 'create', '--name', 'a', '--expires', 'soon'], 'Write a duration'],
      [['keys', 'revoke'], "missing required argument 'key'"],
      [['usage', 'more'], 'too many arguments'],
      [['usage', '--since', 'soon'], 'Write a duration'],
    ];
    const endings = await Promise.all(refused.map(([args]) => ezmodel(args)));
    for (const [index, [args, message]] of refused.entries()) {
      expect(endings[index], args.join(' ')).toMatchObject({
        status: 2,
        out: '',
        err: expect.stringMatching(/^ezmodel: [^\n]+\n$/),
      });
      expect(endings[index]?.err).toContain(message);
    }
  });

  test('tells a failure in one line without a stack', async () => {
    for (const [variables, message] of [
      [{ PORT: 'eighty' }, 'PORT must be a number'],
      [{ EZMODEL_CONFIG: 'absent.yaml' }, 'absent.yaml:1:1: this file does not exist'],
    ] satisfies [Record<string, string>, string][]) {
      const { status, out, err } = await ezmodel(['channels', 'list'], variables);
      expect({ status, out }).toEqual({ status: 1, out: '' });
      expect(err).toMatch(/^ezmodel: [^\n]+\n$/);
      expect(err).toContain(message);
    }
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, 'ezmodel.db'), 'this is no database, whatever its name may say'.repeat(100));
    expect((await ezmodel(['keys', 'list'])).err).toMatch(/^ezmodel: [^\n]+\n$/);
  });
});

describe('keys', { timeout: 60_000 }, () => {
  test('made by the command line are let in by the server, until they are disabled or revoked', async () => {
    const created = await json('keys', 'create', '--name', 'laptop', '--models', 'a,b-*', '--expires', '30d');
    expect(created).toMatchObject({ name: 'laptop', models: ['a', 'b-*'] });
    expect(created.expires_at - created.created_at).toBe(30 * 86_400_000);

    const store = await openStore({ dataDir });
    const authenticator = createAuthenticator({
      store: keyStoreOf(store),
      pepper: loadPepper(dataDir),
      now: Date.now,
    });
    const outcome = async () => {
      const answer = authenticator.authenticate({ 'x-api-key': created.key });
      return answer.then(({ keyId }) => keyId).catch((error: Error) => error.message);
    };
    try {
      expect(await outcome()).toBe(created.id);
      const steps: [string, string, string][] = [
        ['disable', 'laptop', 'invalid x-api-key'],
        ['enable', created.id, created.id],
        ['revoke', 'laptop', 'invalid x-api-key'],
      ];
      for (const [verb, which, expected] of steps) {
        expect(await ezmodel(['keys', verb, which])).toMatchObject({ status: 0, err: '' });
        await expect.poll(outcome, { interval: 20, timeout: 1000 }).toBe(expected);
      }
    } finally {
      authenticator.close();
      await store.close();
    }
    expect(await ezmodel(['keys', 'enable', 'laptop'])).toMatchObject({
      status: 1,
      err: expect.stringContaining('is for good'),
    });
    expect(await json('keys', 'list')).toMatchObject([
      { id: created.id, state: 'revoked', last_four: created.key.slice(-4) },
    ]);
    expect((await ezmodel(['keys', 'list'])).out).toContain('laptop  default  revoked');
  });

  test('that share a name are told apart by their ids', async () => {
    const [one, other] = [
      await json('keys', 'create', '--name', 'twin'),
      await json('keys', 'create', '--name', 'twin'),
    ];
    const refused = await ezmodel(['keys', 'revoke', 'twin']);
    expect(refused.status).toBe(1);
    expect(refused.err).toContain(one.id);
    expect(refused.err).toContain(other.id);
    expect((await ezmodel(['keys', 'revoke', other.id])).status).toBe(0);
    expect((await ezmodel(['keys', 'revoke', 'nobody'])).err).toContain('no API key has the id or name "nobody"');
  });

  test('are shown once: no listing holds the secret', async () => {
    const { out } = await ezmodel(['keys', 'create', '--name', 'once']);
    const key = /sk-ez-\S+/.exec(out)?.[0] ?? '';
    const listings = [await ezmodel(['keys', 'list']), await ezmodel(['keys', 'list', '--json'])];
    for (const listing of listings) expect(listing.out).not.toContain(key.slice(19, 62));
  });
});

describe('what is configured', { timeout: 60_000 }, () => {
  const variables = { UPSTREAM_KEY: 'canary-of-the-upstream' };
  beforeEach(() => writeFileSync(join(directory, 'ezmodel.yaml'), CONFIG));

  test('channels, without their credentials', async () => {
    const [table, listing] = [
      await ezmodel(['channels', 'list'], variables),
      await ezmodel(['channels', 'list', '--json'], variables),
    ];
    expect(table.out + listing.out).not.toContain('canary');
    expect(table.out).toContain('claude-opus-5-5=simulator');
    expect(JSON.parse(listing.out)).toMatchObject([
      { name: 'main', provider: 'anthropic', base_url: 'https://api.anthropic.com', has_api_key: true },
      { name: 'spare', has_api_key: false, priority: 1, models: [{ name: 'claude-opus-5-5', upstream: 'simulator' }] },
    ]);
  });

  test('models, with patterns spelled out and targets in order', async () => {
    const models = JSON.parse((await ezmodel(['models', 'list', '--json'], variables)).out);
    expect(models).toContainEqual({
      id: 'claude-opus-5-5',
      targets: [
        { channel: 'main', model: 'claude-opus-5-5' },
        { channel: 'spare', model: 'simulator' },
      ],
    });
    expect(models).toContainEqual({ id: 'my-model', targets: [{ channel: 'spare', model: 'claude-opus-5-5' }] });
    expect(models).toContainEqual(expect.objectContaining({ id: 'claude-haiku-4-5' }));
    expect((await ezmodel(['models', 'list'], variables)).out).toContain('main, spare (simulator)');
  });

  test('a file is checked: what is wrong is named on a line each', async () => {
    expect(await ezmodel(['config', 'check'], variables)).toMatchObject({
      status: 0,
      out: expect.stringContaining('is good: 2 channels, 1 alias, 0 prices.'),
    });
    writeFileSync(join(directory, 'bad.yaml'), 'channels: []\ncolour: red\n');
    const { status, err } = await ezmodel(['config', 'check', 'bad.yaml']);
    expect(status).toBe(1);
    expect(err.split('\n')).toEqual([
      expect.stringMatching(/^ezmodel: .*bad\.yaml:1:1: channels: needs at least 1$/),
      expect.stringMatching(/^ezmodel: .*bad\.yaml:2:1: colour: unknown key$/),
      '',
    ]);
    expect((await ezmodel(['doctor'])).err + (await ezmodel(['config', 'check'])).err).toContain(
      'UPSTREAM_KEY is not set',
    );
  });

  test('the JSON Schema is printed', async () => {
    expect(JSON.parse((await ezmodel(['config', 'schema'])).out)).toMatchObject({ additionalProperties: false });
  });
});

/** One settled exchange at noon of 2026-11-20: 1,000 tokens in, 100 out. */
async function book(store: Store, keyId: string): Promise<void> {
  const noon = Date.UTC(2026, 10, 20, 12);
  const prices = await createPrices({ overrides: new Map(), catalogueOf: (provider) => provider });
  const ledger = createLedger({ store, prices, now: Date.now, node: 'test' });
  const model = 'claude-opus-5-5';
  await ledger.open(
    {
      id: 'req_1',
      keyId,
      projectId: 'proj_default',
      markup: 10_000,
      unpriced: null,
      tags: [],
      model,
      dialect: 'anthropic-messages',
      stream: true,
      startedAt: noon,
    },
    {
      exchangeId: 'req_1',
      attempt: 1,
      channel: 'main',
      provider: 'anthropic',
      upstreamModel: model,
      startedAt: noon,
      dialect: 'anthropic-messages',
      reason: 'first choice',
      requestBytes: 2000,
      estimatedInput: 500,
    },
  );
  const end = { outcome: 'ok', httpStatus: 200, errorKind: undefined, losses: [], endedAt: noon + 1000 } as const;
  await ledger.settle({ id: 'req_1', ...end }, [
    {
      exchangeId: 'req_1',
      attempt: 1,
      ...end,
      upstreamRequestId: undefined,
      sentAt: undefined,
      headersAt: undefined,
      answerBytes: 0,
      firstEventAt: noon + 100,
      usage: { input: 1000, output: 100 },
      partial: false,
      estimated: false,
    },
  ]);
}

describe('the books', { timeout: 60_000 }, () => {
  test('are summed by day, key and model, listed, and proven', async () => {
    const { id: keyId } = await json('keys', 'create', '--name', 'spender');
    const store = await openStore({ dataDir });
    await book(store, keyId);
    await store.close();

    const report = await json('usage', '--rows');
    const [row] = report.rows;
    expect(report.totals).toMatchObject({ exchanges: 1, input_tokens: 1000, output_tokens: 100 });
    expect(report.totals.cost_nano_usd).toBeGreaterThan(0);
    expect(report.groups).toMatchObject([{ day: '2026-11-20', key_name: 'spender', model: 'claude-opus-5-5' }]);
    expect(row).toMatchObject({ request_id: 'req_1', status: 'ok', cost_nano_usd: report.totals.cost_nano_usd });

    const table = (await ezmodel(['usage', '--rows'])).out;
    expect(table).toMatch(/2026-11-20 +spender +claude-opus-5-5 +1 +1,000 +0 +0 +100 +\$0\.\d*[1-9]\d*\n/);
    expect(table).toMatch(/req_1 +2026-11-20 12:00:00Z +ok 200/);
    expect(await json('usage', '--since', '2026-11-21')).toEqual({
      totals: expect.objectContaining({ exchanges: 0, cost_nano_usd: 0 }),
      groups: [],
    });

    const { status, out } = await ezmodel(['doctor']);
    expect({ status, failed: out.includes('FAILED') }).toEqual({ status: 0, failed: false });
  });

  test('that cannot be read, or keys without their pepper, make the doctor fail', async () => {
    await json('keys', 'create', '--name', 'any');
    rmSync(join(dataDir, 'key-pepper'));
    const report = await ezmodel(['doctor', '--json']);
    expect(report.status).toBe(1);
    expect(JSON.parse(report.out).checks).toContainEqual(expect.objectContaining({ name: 'API keys', ok: false }));

    rmSync(dataDir, { recursive: true });
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, 'ezmodel.db'), 'this is no database, whatever its name may say'.repeat(100));
    const { status, out } = await ezmodel(['doctor']);
    expect(status).toBe(1);
    expect(out).toMatch(/store +FAILED/);
  });
});
