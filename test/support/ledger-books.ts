import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PriceOverride } from '../../src/config/config.ts';
import type {
  AttemptOpening,
  AttemptSettlement,
  ExchangeOpening,
  ExchangeSettlement,
} from '../../src/core/exchange.ts';
import { createLedger, type Ledger } from '../../src/metering/ledger.ts';
import { createPrices, type Prices } from '../../src/metering/prices.ts';
import { openStore, type Store, type StoreLocation } from '../../src/store/open.ts';
import { freshLocation } from './store-under-test.ts';

/** A fresh directory under the system's own, and its removal. */
export function temporaryDirectory(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'ezmodel-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Store and ledger on a store of the kind under test; `close` ends their threads and removes the files. */
export type Books = { location: StoreLocation; store: Store; prices: Prices; ledger: Ledger; close(): Promise<void> };

/** Catalogue prices, every provider looked up under its own id. */
export function cataloguePrices(): Promise<Prices> {
  return createPrices({ overrides: new Map(), catalogueOf: (provider) => provider });
}

/** An override of a price, free but for `changes`. */
export function anOverride(changes: Partial<PriceOverride>): PriceOverride {
  const rates = { input: 0, output: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 };
  return { ...rates, longer: [], webSearches: undefined, multipliers: {}, ...changes };
}

/** Opens fresh books. */
export async function openBooks(): Promise<Books> {
  const directory = temporaryDirectory();
  const location = await freshLocation(directory.path);
  const store = await openStore(location);
  const prices = await cataloguePrices();
  const ledger = createLedger({ store, prices, now: Date.now, node: 'test' });
  const close = async (): Promise<void> => {
    await store.close();
    directory.remove();
  };
  return { location, store, prices, ledger, close };
}

/** Noon of 2026-11-20 UTC, in Unix ms. */
export const NOON = Date.UTC(2026, 10, 20, 12);

/** An opening of exchange `id`. */
export function anExchange(id: string, changes: Partial<ExchangeOpening> = {}): ExchangeOpening {
  return {
    id,
    keyId: 'key000000001',
    projectId: 'proj_default',
    markup: 10_000,
    unpriced: null,
    tags: [],
    model: 'claude-opus-5-5',
    dialect: 'anthropic-messages',
    stream: true,
    startedAt: NOON,
    ...changes,
  };
}

/** An opening of an attempt of exchange `exchangeId`, the first one unless said. */
export function anAttempt(exchangeId: string, changes: Partial<AttemptOpening> = {}): AttemptOpening {
  return {
    exchangeId,
    attempt: 1,
    channel: 'main',
    provider: 'anthropic',
    upstreamModel: 'claude-opus-5-5',
    startedAt: NOON,
    dialect: 'anthropic-messages',
    reason: 'first choice',
    requestBytes: 2000,
    estimatedInput: 500,
    ...changes,
  };
}

/** The good end of exchange `id`. */
export function anEnd(id: string, changes: Partial<ExchangeSettlement> = {}): ExchangeSettlement {
  return { id, outcome: 'ok', httpStatus: 200, errorKind: undefined, losses: [], endedAt: NOON + 1_000, ...changes };
}

/** The good end of the first attempt of exchange `exchangeId`: 1,000 in, 100 out. */
export function anAttemptEnd(exchangeId: string, changes: Partial<AttemptSettlement> = {}): AttemptSettlement {
  return {
    exchangeId,
    attempt: 1,
    outcome: 'ok',
    httpStatus: 200,
    errorKind: undefined,
    upstreamRequestId: `upstream-${exchangeId}`,
    sentAt: undefined,
    headersAt: undefined,
    answerBytes: 0,
    firstEventAt: NOON + 100,
    endedAt: NOON + 1_000,
    usage: { input: 1_000, output: 100 },
    partial: false,
    estimated: false,
    ...changes,
  };
}

/** Resolves with the first thing that a process prints; rejects when it ends without. */
export function printed(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let complaint = '';
    child.stderr?.on('data', (chunk) => {
      complaint += chunk;
    });
    child.stdout?.once('data', (chunk) => resolve(String(chunk)));
    child.once('exit', (code) => reject(new Error(`the process ended with ${code}: ${complaint}`)));
  });
}
