import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AttemptOpening, AttemptSettlement, ExchangeOpening, ExchangeSettlement } from '../src/core/exchange.ts';
import { createLedger, type Ledger } from '../src/metering/ledger.ts';
import { createPrices } from '../src/metering/prices.ts';
import { openStore } from '../src/store/open.ts';

/**
 * What the ledger costs per exchange (open intent and settle): CPU of the main thread, CPU of the whole process beyond it (the
 * writer), wall time, and how long an intent takes to commit. Run: `node bench/ledger.ts [exchanges]`.
 */
const EXCHANGES = Number(process.argv[2] ?? 40_000);
const CONCURRENCIES = [1, 16, 64, 512];

let serial = 0;

/** One exchange as the gateway makes it; answers the ms that its intent took. */
async function exchange(ledger: Ledger): Promise<number> {
  serial += 1;
  const id = `req_${Date.now().toString(36)}${serial.toString(36).padStart(8, '0')}`;
  const startedAt = Date.now();
  const opening: ExchangeOpening = {
    id,
    keyId: 'abcdefghijkl',
    projectId: 'proj_default',
    markup: 10_000,
    unpriced: null,
    tags: [],
    model: 'claude-opus-5-5',
    dialect: 'anthropic-messages',
    stream: true,
    startedAt,
  };
  const attempt: AttemptOpening = {
    exchangeId: id,
    attempt: 1,
    channel: 'anthropic-main',
    provider: 'anthropic',
    upstreamModel: 'claude-opus-5-5',
    startedAt,
    dialect: 'anthropic-messages',
    reason: 'first choice',
    requestBytes: 2000,
    estimatedInput: 1234,
  };
  const started = performance.now();
  await ledger.open(opening, attempt);
  const latency = performance.now() - started;
  // The upstream's answer arrives in a later turn of the event loop.
  await new Promise((resolve) => setImmediate(resolve));
  const end: ExchangeSettlement = {
    id,
    outcome: 'ok',
    httpStatus: 200,
    errorKind: undefined,
    losses: [],
    endedAt: Date.now(),
  };
  const settled: AttemptSettlement = {
    exchangeId: id,
    attempt: 1,
    outcome: 'ok',
    httpStatus: 200,
    errorKind: undefined,
    upstreamRequestId: `req_upstream_${id}`,
    sentAt: undefined,
    headersAt: undefined,
    answerBytes: 0,
    firstEventAt: startedAt,
    endedAt: Date.now(),
    usage: { input: 1200, cache_read: 4000, cache_write_5m: 100, output: 345 },
    partial: false,
    estimated: false,
  };
  await ledger.settle(end, [settled]);
  return latency;
}

/** `count` exchanges, `concurrency` at a time; answers the sorted intent latencies in ms. */
async function run(ledger: Ledger, count: number, concurrency: number): Promise<number[]> {
  const latencies: number[] = [];
  let left = count;
  const client = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      latencies.push(await exchange(ledger));
    }
  };
  await Promise.all(Array.from({ length: concurrency }, client));
  return latencies.sort((a, b) => a - b);
}

const dataDir = mkdtempSync(join(tmpdir(), 'ezmodel-bench-'));
const store = await openStore({ dataDir });
const prices = await createPrices({ overrides: new Map(), catalogueOf: (provider) => provider });
const ledger = createLedger({ store, prices, now: Date.now, node: 'test' });
await run(ledger, EXCHANGES / 4, 64);

const rows = [];
for (const concurrency of CONCURRENCIES) {
  const count = concurrency === 1 ? EXCHANGES / 4 : EXCHANGES;
  const started = performance.now();
  const cpuBefore = process.cpuUsage();
  const threadBefore = process.threadCpuUsage();
  const latencies = await run(ledger, count, concurrency);
  const cpu = process.cpuUsage(cpuBefore);
  const thread = process.threadCpuUsage(threadBefore);
  const main = thread.user + thread.system;
  const at = (share: number): string => (latencies[Math.floor(latencies.length * share)] ?? 0).toFixed(3);
  rows.push({
    concurrency,
    'main us': (main / count).toFixed(1),
    'worker us': ((cpu.user + cpu.system - main) / count).toFixed(1),
    'wall us': (((performance.now() - started) * 1000) / count).toFixed(1),
    'intent p50 ms': at(0.5),
    'intent p99 ms': at(0.99),
  });
}
console.table(rows);
await store.close();
rmSync(dataDir, { recursive: true });
