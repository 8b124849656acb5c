import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ModelInfo, ModelPrice } from '@pydantic/genai-prices';
import { type JsonObject, objectAt, stringAt } from '../core/json.ts';
import { TOKEN_CLASSES, type TokenClass } from '../core/usage.ts';
import { FACTOR_UNIT, type Price, type Rates } from './price.ts';
import { isListed } from './prices-match.ts';

const PACKAGE = '@pydantic/genai-prices';
const NANO_PER_USD = 1_000_000_000;

/** What a price says, without its name. */
export type PriceContent = Omit<Price, 'id' | 'version'>;

/** Upstream prices of a catalogue package. */
export type Catalogue = {
  /** Of the package. */
  version: string;
  /** What a model of one of the catalogue's providers costs at `at` (Unix ms); undefined when it does not list it. */
  find(providerId: string, model: string, at: number): PriceContent | undefined;
};

/** The part of the package that is used here. */
type Package = {
  calcPrice(
    usage: Record<string, number>,
    model: string,
    options: { providerId: string; timestamp: Date },
  ): { provider: { id: string }; model: Pick<ModelInfo, 'id' | 'match'>; model_price: ModelPrice } | null;
};

/**
 * The catalogue that EZModel ships with; takes some 50 ms the first time. Its code is in the bundle, without its package: the
 * version is what our own package.json pins.
 */
export async function loadCatalogue(): Promise<Catalogue> {
  const manifest: JsonObject = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const version = stringAt(objectAt(manifest, 'devDependencies') ?? {}, PACKAGE);
  if (version === undefined) throw new Error(`package.json pins no version of ${PACKAGE}`);
  return catalogueOf(await import('@pydantic/genai-prices'), version);
}

/**
 * Another release of the catalogue, from the directory of its unpacked package. Its code is run.
 * @throws Error when there is no such package.
 */
export async function loadCatalogueFrom(directory: string): Promise<Catalogue> {
  const version = versionIn(directory);
  const loaded: Package = await import(pathToFileURL(join(directory, 'dist', 'index.js')).href);
  if (typeof loaded.calcPrice !== 'function') throw new Error(`${directory} holds no release of ${PACKAGE}`);
  return catalogueOf(loaded, version);
}

function catalogueOf({ calcPrice }: Package, version: string): Catalogue {
  return {
    version,
    find: (providerId, model, at) => {
      const found = calcPrice({}, model, { providerId, timestamp: new Date(at) });
      // Providers, too, are matched by likeness.
      if (found === null || found.provider.id !== providerId || !isListed(model, found.model)) return undefined;
      return readEntry(found.model_price, providerId);
    },
  };
}

/** The version of a package, from its own file. @throws Error when it is not the catalogue. */
function versionIn(directory: string): string {
  const manifest: { name?: unknown; version?: unknown } = JSON.parse(
    readFileSync(join(directory, 'package.json'), 'utf8'),
  );
  if (manifest.name !== PACKAGE) throw new Error(`${directory} does not hold the package ${PACKAGE}`);
  return String(manifest.version);
}

/** The catalogue's names of a class's rate, best first: a class without one costs as the class that it is part of. */
const RATE_NAMES: Readonly<Record<TokenClass, readonly string[]>> = {
  input: ['input_mtok'],
  cache_read: ['cache_read_mtok', 'input_mtok'],
  cache_write_5m: ['cache_write_5m_mtok', 'cache_write_mtok', 'input_mtok'],
  cache_write_1h: ['cache_write_1h_mtok', 'cache_write_mtok', 'input_mtok'],
  output: ['output_mtok'],
};

/**
 * What vendors say of their terms, in parts of `FACTOR_UNIT`: the catalogue has standard prices alone. A batch costs half with
 * all of them; what is not here differs from model to model, and is written as an override.
 */
const BATCH = { batch: FACTOR_UNIT / 2 };
const MULTIPLIERS: Readonly<Record<string, Price['multipliers']>> = {
  anthropic: { ...BATCH, us: 11_000 },
  openai: { ...BATCH, flex: FACTOR_UNIT / 2 },
};

/** The terms that a catalogue's provider has for all of its models; an override begins with these. */
export function termsOf(providerId: string | undefined): Price['multipliers'] {
  return (providerId === undefined ? undefined : MULTIPLIERS[providerId]) ?? BATCH;
}

/** A catalogue entry in whole nano-USD; undefined when it has no token prices (it is billed by the second, say). */
function readEntry(entry: ModelPrice, providerId: string): PriceContent | undefined {
  const base = ratesAt(entry, 0);
  if (base === undefined) return undefined;
  const longer = [];
  for (const aboveInput of tierStarts(entry)) {
    const rates = ratesAt(entry, aboveInput);
    if (rates !== undefined) longer.push({ aboveInput, rates });
  }
  const perThousand = entry['web_searches_kcount'];
  const webSearches = typeof perThousand === 'number' ? Math.round(perThousand * NANO_PER_USD) : null;
  const fileSearches = entry['storage_searches_kcount'];
  const tools = typeof fileSearches === 'number' ? { file_searches: Math.round(fileSearches * NANO_PER_USD) } : {};
  return { base: { rates: base }, longer, webSearches, tools, multipliers: termsOf(providerId), markup: FACTOR_UNIT };
}

/** The rates for prompts of more than `aboveInput` tokens. */
function ratesAt(entry: ModelPrice, aboveInput: number): Rates | undefined {
  const rates: Rates = { input: 0, cache_read: 0, cache_write_5m: 0, cache_write_1h: 0, output: 0 };
  for (const tokenClass of TOKEN_CLASSES) {
    const usd = RATE_NAMES[tokenClass]
      .map((name) => usdAt(entry[name], aboveInput))
      .find((found) => found !== undefined);
    if (usd === undefined) return undefined;
    rates[tokenClass] = Math.round(usd * NANO_PER_USD);
  }
  return rates;
}

function usdAt(written: ModelPrice[string], aboveInput: number): number | undefined {
  if (written === undefined || typeof written === 'number') return written;
  const reached = written.tiers.filter((tier) => tier.start <= aboveInput).sort((a, b) => a.start - b.start);
  return reached.at(-1)?.price ?? written.base;
}

function tierStarts(entry: ModelPrice): number[] {
  const starts = Object.values(entry).flatMap((written) =>
    typeof written === 'object' ? written.tiers.map((tier) => tier.start) : [],
  );
  return [...new Set(starts)].filter((start) => start > 0).sort((a, b) => a - b);
}
