import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask, type Badge, OWNER, setUp, signIn } from '../test/support/administrator.ts';
import { call } from '../test/support/call.ts';
import { CHROMIUM } from '../test/support/console.ts';
import { Gateway, SIMULATOR_CONFIG } from '../test/support/gateway.ts';
import { waitFor } from '../test/support/wait.ts';
import { timeFirstPages } from './console-browser.ts';
import { type Found, PAGES, type Page } from './console-pages.ts';
import { type ModelWatch, watchModels } from './console-phases.ts';
import { DAYS, makeStore } from './console-store.ts';
import { describeMachine } from './report.ts';
import { percentile } from './statistics.ts';

/**
 * How fast the console's pages are over a store of many exchanges on SQLite, and what requests of models notice of it:
 * `npm run bench:console -- [count] [--quick]`; 10,000,000 exchanges unless told otherwise, 200,000 with `--quick`. Takes about
 * a kilobyte of disk for each exchange. With EZMODEL_BENCH_STORE the store is made there, kept, and used again.
 */
const [given] = process.argv.slice(2).filter((argument) => /^\d+$/.test(argument));
const COUNT = given === undefined ? (process.argv.includes('--quick') ? 200_000 : 10_000_000) : Number(given);
const ROUNDS = process.argv.includes('--quick') ? 40 : 200;
/** Between two pages models alone are asked, for so many ms: the two phases alternate. */
const ALONE = 500;
/** Between two openings of a page, in ms. */
const PAUSE = 5;
/** Pages that are opened at leisure, and how long phases of it are, in ms. */
const LEISURELY = 90;
const LEISURE_MS = 4_000;
const TARGET_MS = 200;
const INTERACTIVE_MS = 1_000;
const ROOM = 44;

/** What `bench/results/console.json` says, in ms. */
const rows: Record<string, string | number>[] = [];
const toTenths = (ms: number) => Math.round(10 * ms) / 10;

const print = (text: string) => process.stdout.write(`${text}\n`);
const tell = (text: string) => process.stderr.write(`\r\u001b[K${text}`);

type Visitor = { gateway: Gateway; badge: Badge; found: Found };

async function timePage({ gateway, badge, found }: Visitor, page: Page, round: number): Promise<number> {
  const start = performance.now();
  const answers = await Promise.all(
    page(round, found).map((path) =>
      path.startsWith('/v1/')
        ? call(`${gateway.url}${path}`, { headers: { 'x-api-key': gateway.key } })
        : ask(gateway, badge, 'GET', path),
    ),
  );
  const took = performance.now() - start;
  const failed = answers.find(({ status }) => status !== 200);
  if (failed) throw new Error(failed.text);
  return took;
}

function tellTimes(
  name: string,
  times: readonly number[],
  shares: readonly [number, number],
  target?: number,
  beside = '',
): number {
  const [middle, high] = [percentile(times, shares[0]), percentile(times, shares[1])];
  rows.push({ what: name, [`p${100 * shares[0]}`]: toTenths(middle), [`p${100 * shares[1]}`]: toTenths(high) });
  const numbers = [middle, high].map((ms) => ms.toFixed(1).padStart(9)).join('');
  const verdict = target === undefined ? '' : high <= target ? '  met' : '  MISSED';
  print(`${name.padEnd(ROOM)}${numbers}${verdict.padEnd(beside === '' ? 0 : 8)}${beside}`);
  return high;
}

/** The store of the bench with its busy key. */
async function openBenchStore(dataDir: string): Promise<{ id: string; key: string }> {
  const keyFile = join(dataDir, 'busy-key.json');
  if (!existsSync(keyFile)) {
    const maker = new Gateway({ config: SIMULATOR_CONFIG, dataDirectory: dataDir });
    const busy = await maker.createKey('busy');
    const begun = performance.now();
    await makeStore({ dataDir, count: COUNT, busyKey: busy.id, tell });
    tell('');
    const bytes = statSync(join(dataDir, 'ezmodel.db')).size;
    const took = (performance.now() - begun) / 1_000;
    print(`${COUNT} exchanges of ${DAYS} days, ${(bytes / 2 ** 30).toFixed(1)} GiB, made in ${took.toFixed(0)} s`);
    writeFileSync(keyFile, JSON.stringify(busy));
  }
  return JSON.parse(readFileSync(keyFile, 'utf8'));
}

async function lookAround(gateway: Gateway, badge: Badge, busyKey: string): Promise<Found> {
  const read = async (path: string) => JSON.parse((await ask(gateway, badge, 'GET', path)).text).exchanges;
  const [newest] = await read('/exchanges?status=ok&limit=1');
  const ages = Array.from({ length: 20 }, (_, index) => (index + 1) * ((DAYS - 2) / 20) * 24 * 3_600_000);
  const cursors = await Promise.all(
    ages.map(async (age) => (await read(`/exchanges?limit=1&until=${Math.trunc(Date.now() - age)}`))[0].id),
  );
  return { busyKey, exchange: newest.id, cursors };
}

const ALONE_PHASE = 'while no page loads';
const LEISURE_PHASE = 'while five pages a second load';
const HURRY_PHASE = 'while pages load without a pause';

/** Pages one after the other, each many times; before each models alone are asked. */
async function measure(visitor: Visitor, models: ModelWatch): Promise<void> {
  const asked: number[] = [];
  for (const [name, page] of Object.entries(PAGES)) {
    models.enter(ALONE_PHASE);
    await sleep(ALONE);
    models.enter(undefined);
    await timePage(visitor, page, 0);
    models.enter(name);
    const times: number[] = [];
    for (let round = 1; round <= ROUNDS; round++) {
      times.push(await timePage(visitor, page, round));
      await sleep(PAUSE);
    }
    models.enter(undefined);
    asked.push(...models.times(name));
    const beside = `  ${percentile(models.times(name), 0.99).toFixed(1).padStart(8)}`;
    if (tellTimes(name, times, [0.5, 0.95], TARGET_MS, beside) > TARGET_MS) process.exitCode = 1;
  }
  await visitAtLeisure(visitor, models);
  print(`${'model calls, one at a time'.padEnd(ROOM)}${'p50 ms'.padStart(9)}${'p99 ms'.padStart(9)}`);
  for (const name of [ALONE_PHASE, LEISURE_PHASE]) tellTimes(name, models.times(name), [0.5, 0.99]);
  tellTimes(HURRY_PHASE, asked, [0.5, 0.99]);
}

/** As people do: all pages by turns, five a second, and nobody there half of the time. */
async function visitAtLeisure(visitor: Visitor, models: ModelWatch): Promise<void> {
  const pages = Object.values(PAGES);
  for (let visited = 0; visited < LEISURELY; ) {
    models.enter(ALONE_PHASE);
    await sleep(LEISURE_MS);
    models.enter(LEISURE_PHASE);
    const until = performance.now() + LEISURE_MS;
    const loads: Promise<number>[] = [];
    for (; performance.now() < until; visited++) {
      const page = pages[visited % pages.length];
      if (page) loads.push(timePage(visitor, page, visited));
      await sleep(200);
    }
    await Promise.all(loads);
    models.enter(undefined);
  }
}

/** How long the event loop of the server was busy since it was last asked, in ms. */
async function loopOf(server: Gateway): Promise<{ p999: number; max: number }> {
  const file = join(server.dataDirectory, 'loop.json');
  rmSync(file, { force: true });
  process.kill(server.pid, 'SIGUSR2');
  return waitFor('the server to tell of its event loop', () =>
    existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined,
  );
}

/** How soon the first page can be used in Chromium. */
async function tellFirstPages(gateway: Gateway): Promise<void> {
  const { empty, filled } = await timeFirstPages(gateway);
  print(`${'overview in Chromium, from the navigation on'.padEnd(ROOM)}${'p50 ms'.padStart(9)}${'p95 ms'.padStart(9)}`);
  for (const [cache, pages] of Object.entries({ 'empty cache': empty, 'filled cache': filled })) {
    const slow = tellTimes(
      `interactive, ${cache}`,
      pages.map(({ interactive }) => interactive),
      [0.5, 0.95],
      INTERACTIVE_MS,
    );
    if (slow > INTERACTIVE_MS) process.exitCode = 1;
    tellTimes(
      `all figures drawn, ${cache}`,
      pages.map(({ drawn }) => drawn),
      [0.5, 0.95],
    );
  }
}

const dataDir = process.env['EZMODEL_BENCH_STORE'] ?? mkdtempSync(join(tmpdir(), 'ezmodel-console-'));
let gateway: Gateway | undefined;
try {
  const busy = await openBenchStore(dataDir);
  gateway = new Gateway({
    config: SIMULATOR_CONFIG,
    dataDirectory: dataDir,
    environment: {
      LOG_LEVEL: 'error',
      NODE_OPTIONS: `--import=${join(import.meta.dirname, 'watch-loop.ts')}`,
      EZMODEL_BENCH_LOOP: join(dataDir, 'loop.json'),
    },
    patience: 120_000,
  });
  await gateway.start();
  gateway.key = busy.key;
  gateway.keyId = busy.id;
  const server = gateway;
  await server.waitForKey(busy.key, true, 10_000);
  // A store that was made before has its owner.
  const badge = await signIn(server, OWNER.email, OWNER.password).catch(() => setUp(server));
  const visitor = { gateway, badge, found: await lookAround(gateway, badge, busy.id) };
  print(
    `${`page, opened ${ROUNDS} times`.padEnd(ROOM)}${'p50 ms'.padStart(9)}${'p95 ms'.padStart(9)}  <= ${TARGET_MS}`,
  );
  await loopOf(gateway);
  const models = watchModels({ url: gateway.url, key: gateway.key });
  await sleep(2_000);
  await measure(visitor, models);
  await models.close();
  const { p999, max } = await loopOf(gateway);
  print(
    `${'event loop of the server busy at a stretch'.padEnd(ROOM)}${'p99.9 ms'.padStart(9)}${'most ms'.padStart(9)}`,
  );
  print(`${''.padEnd(ROOM)}${p999.toFixed(1).padStart(9)}${max.toFixed(1).padStart(9)}`);
  rows.push({ what: 'event loop of the server busy at a stretch', p99_9: toTenths(p999), most: toTenths(max) });
  if (CHROMIUM !== undefined) await tellFirstPages(gateway);
  await gateway.stop();
  if (!process.argv.includes('--quick')) {
    const results = { exchanges: COUNT, machine: { ...describeMachine(), pinned: false }, rows };
    writeFileSync(join(import.meta.dirname, 'results/console.json'), `${JSON.stringify(results, undefined, 2)}\n`);
  }
} finally {
  if (gateway?.isRunning) await gateway.kill9();
  if (process.env['EZMODEL_BENCH_STORE'] === undefined) rmSync(dataDir, { recursive: true, force: true });
}
