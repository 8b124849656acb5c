import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask, type Badge, OWNER, setUp, signIn } from '../test/support/administrator.ts';
import { Gateway, SIMULATOR_CONFIG } from '../test/support/gateway.ts';
import { BUSY_KEY, makeStore, RARE_KEY } from './console-store.ts';
import { percentile } from './statistics.ts';

/**
 * How fast the console's pages are over a store of many exchanges on SQLite, and what requests of models notice of it:
 * `npm run bench:console -- [count] [--quick]`; 10,000,000 exchanges unless told otherwise, 200,000 with `--quick`. Takes some
 * minutes and about 1.2 KB of disk for each exchange in the directory for temporary files.
 */
const [given] = process.argv.slice(2).filter((argument) => /^\d+$/.test(argument));
const COUNT = given === undefined ? (process.argv.includes('--quick') ? 200_000 : 10_000_000) : Number(given);
const ROUNDS = 15;
const TARGET_MS = 200;
const DAY = 24 * 3_600_000;

const print = (text: string) => process.stdout.write(`${text}\n`);
const since = (days: number) => `since=${Date.now() - days * DAY}`;

/** What each page asks for when it is opened. */
const PAGES: Record<string, () => string[]> = {
  'overview, 24 hours': () => overview(1, 'hour'),
  'overview, 7 days': () => overview(7, 'hour'),
  'overview, 90 days': () => overview(90, 'day'),
  'overview, 90 days, one project': () => overview(90, 'day').map((path) => `${path}&project_id=benchproject1`),
  'exchanges, all': () => ['/exchanges?limit=100'],
  'exchanges of a busy key': () => [`/exchanges?limit=100&key_id=${BUSY_KEY}`],
  'exchanges of a rare key': () => [`/exchanges?limit=100&key_id=${RARE_KEY}`],
  'exchanges by project and model': () => ['/exchanges?limit=100&project_id=benchproject3&model=model-5'],
  'exchanges by error kind and channel': () => ['/exchanges?limit=100&error_kind=overloaded&channel=vertex'],
  'exchanges by loss': () => ['/exchanges?limit=100&loss=top_k'],
  'exchanges that cost most': () => ['/exchanges?limit=100&min_cost=100000000'],
  'exchanges that nothing matches': () => ['/exchanges?limit=100&min_cost=100000000000'],
  'exchanges by time': () => [`/exchanges?limit=100&since=${Date.now() - 50 * DAY}&until=${Date.now() - 49 * DAY}`],
  'exchanges by words': () => ['/exchanges?limit=100&q=host+42'],
  'exchanges by words and key': () => [`/exchanges?limit=100&q=busy&key_id=${BUSY_KEY}`],
};

function overview(days: number, step: string): string[] {
  return [
    `/usage/summary?${since(days)}`,
    `/usage/series?${since(days)}&step=${step}`,
    `/usage/top?${since(days)}&by=key&limit=20`,
  ];
}

async function timePage(gateway: Gateway, badge: Badge, paths: readonly string[]): Promise<number> {
  const start = performance.now();
  const answers = await Promise.all(paths.map((path) => ask(gateway, badge, 'GET', path)));
  const failed = answers.find(({ status }) => status !== 200);
  if (failed) throw new Error(failed.text);
  return performance.now() - start;
}

/** Asks for short answers one after the other until told to stop; answers how long each took. */
async function askModels(gateway: Gateway, isOver: () => boolean): Promise<number[]> {
  const body = { model: 'claude-opus-5-5', max_tokens: 20, messages: [{ role: 'user', content: 'hi' }] };
  const times: number[] = [];
  while (!isOver()) {
    const start = performance.now();
    const { status } = await gateway.messages(body);
    if (status !== 200) throw new Error(`a model call was answered ${status}`);
    times.push(performance.now() - start);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return times;
}

function row(name: string, times: readonly number[]): boolean {
  const [p50, p95] = [percentile(times, 0.5), percentile(times, 0.95)];
  const isMet = p95 <= TARGET_MS;
  print(`${name.padEnd(42)}${p50.toFixed(1).padStart(9)}${p95.toFixed(1).padStart(9)}  ${isMet ? 'met' : 'MISSED'}`);
  return isMet;
}

const dataDir = process.env['EZMODEL_BENCH_STORE'] ?? mkdtempSync(join(tmpdir(), 'ezmodel-console-'));
let gateway: Gateway | undefined;
try {
  const begun = performance.now();
  if (!existsSync(join(dataDir, 'ezmodel.db'))) {
    await makeStore(dataDir, COUNT, (text) => process.stderr.write(`\r\u001b[K${text}`));
    process.stderr.write('\r\u001b[K');
  }
  print(`${COUNT} exchanges, made in ${((performance.now() - begun) / 1_000).toFixed(0)} s`);
  gateway = new Gateway({
    config: SIMULATOR_CONFIG,
    dataDirectory: dataDir,
    environment: { LOG_LEVEL: 'error' },
    patience: 120_000,
  });
  await gateway.start();
  const { id, key } = await gateway.createKey('bench');
  gateway.key = key;
  gateway.keyId = id;
  await gateway.waitForKey(key, true);
  // A store that was made before has its owner.
  const server = gateway;
  const badge = await setUp(server).catch(() => signIn(server, OWNER.email, OWNER.password));
  let isQuiet = false;
  const quiet = askModels(gateway, () => isQuiet);
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  isQuiet = true;
  const before = await quiet;

  let isOver = false;
  const busy = askModels(gateway, () => isOver);
  print(`${'page'.padEnd(42)}${'p50 ms'.padStart(9)}${'p95 ms'.padStart(9)}  <= ${TARGET_MS}`);
  const [newest] = JSON.parse((await ask(gateway, badge, 'GET', '/exchanges?status=ok&limit=1')).text).exchanges;
  const detail = { 'one exchange': () => [`/exchanges/${newest.id}`] };
  for (const [name, pathsOf] of Object.entries({ ...PAGES, ...detail })) {
    const times: number[] = [];
    await timePage(gateway, badge, pathsOf());
    for (let round = 0; round < ROUNDS; round++) times.push(await timePage(gateway, badge, pathsOf()));
    if (!row(name, times)) process.exitCode = 1;
  }
  isOver = true;
  const during = await busy;
  print('model calls, one at a time               p50 ms   p99 ms');
  for (const [name, times] of [
    ['no page loads', before],
    ['while pages load', during],
  ] as const) {
    print(
      `${name.padEnd(38)}${percentile(times, 0.5).toFixed(1).padStart(9)}${percentile(times, 0.99).toFixed(1).padStart(9)}`,
    );
  }
  await gateway.stop();
} finally {
  if (gateway?.isRunning) await gateway.kill9();
  if (process.env['EZMODEL_BENCH_STORE'] === undefined) rmSync(dataDir, { recursive: true, force: true });
}
