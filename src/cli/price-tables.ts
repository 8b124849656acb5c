import type { Command } from 'commander';
import { priceCatalogueOf } from '../gateway/wiring.ts';
import { diffPrices, type ListedPrice, listPrices, type PriceChange } from '../metering/price-list.ts';
import { createConfiguredPrices } from '../metering/prices.ts';
import { loadCatalogueFrom } from '../metering/prices-catalogue.ts';
import { type Column, formatTable, formatUsd, print, printJson } from './output.ts';
import { configOf, environmentOf, withStore } from './settings.ts';

const THIRTY_DAYS = 30 * 24 * 3_600_000;

/** Adds `prices list` and `prices diff`. */
export function addPriceTables(prices: Command): void {
  prices
    .command('list')
    .argument('[model]', 'only this upstream model')
    .description(
      'print what the models cost that channels name or that were used in the last 30 days, per million tokens',
    )
    .option('--json', 'print JSON')
    .action(list);
  prices
    .command('diff')
    .description('print what another release of the price catalogue would change for these models')
    .requiredOption('--against <directory>', 'the unpacked package @pydantic/genai-prices; its code is run')
    .option('--json', 'print JSON')
    .action(diff);
}

async function list(model: string | undefined, { json }: { json?: true }, command: Command): Promise<void> {
  const environment = environmentOf(command);
  const config = configOf(environment);
  const prices = await createConfiguredPrices(config, priceCatalogueOf);
  const rows = await withStore(environment.dataDir, (store) => listPrices(store, config, prices, lastThirtyDays()));
  const shown = rows.filter((row) => model === undefined || row.upstream_model === model);
  if (json) printJson({ version: prices.version, prices: shown });
  else print(formatTable(LIST_COLUMNS, shown.map(listRow)));
}

async function diff({ against, json }: { against: string; json?: true }, command: Command): Promise<void> {
  const environment = environmentOf(command);
  const config = configOf(environment);
  const before = await createConfiguredPrices(config, priceCatalogueOf);
  const after = await createConfiguredPrices(config, priceCatalogueOf, await loadCatalogueFrom(against));
  const changes = await withStore(environment.dataDir, (store) =>
    diffPrices(store, config, { before, after }, lastThirtyDays()),
  );
  if (json) printJson({ before: before.version, after: after.version, changes });
  else print(formatDiff(changes, `${before.version} to ${after.version}`));
}

function lastThirtyDays(): { since: number; now: number } {
  const now = Date.now();
  return { since: now - THIRTY_DAYS, now };
}

const LIST_COLUMNS: readonly Column[] = [
  ...['CHANNEL', 'MODEL'].map((title) => ({ title })),
  ...['INPUT', 'CACHE READ', 'WRITE 5M', 'WRITE 1H', 'OUTPUT', 'SEARCHES', 'MARKUP'].map(
    (title): Column => ({ title, align: 'right' }),
  ),
  { title: 'TIERS' },
];

function listRow({ channel, upstream_model, price }: ListedPrice): string[] {
  if (price === null) return [channel, upstream_model, 'unpriced', '', '', '', '', '', '', ''];
  const { input, cache_read, cache_write_5m, cache_write_1h, output } = price.base.rates;
  return [
    channel,
    upstream_model,
    ...[input, cache_read, cache_write_5m, cache_write_1h, output].map(formatUsd),
    formatAmount(price.webSearches),
    `x ${price.markup / 10_000}`,
    price.longer.map(({ aboveInput }) => `above ${aboveInput}`).join(', '),
  ];
}

function formatDiff(changes: readonly PriceChange[], versions: string): string {
  if (changes.length === 0) return `${versions}: nothing changes for these models`;
  const columns: readonly Column[] = [
    ...['CHANNEL', 'MODEL', 'OF'].map((title) => ({ title })),
    ...['BEFORE', 'AFTER'].map((title): Column => ({ title, align: 'right' })),
  ];
  const rows = changes.flatMap(({ channel, upstream_model, rates, use_before, use_after }) =>
    [...rates, { of: 'last 30 days', before: use_before, after: use_after }].map(({ of, before, after }) => [
      channel,
      upstream_model,
      of,
      formatAmount(before),
      formatAmount(after),
    ]),
  );
  return `${versions}\n${formatTable(columns, rows)}`;
}

function formatAmount(nanoUsd: number | null): string {
  return nanoUsd === null ? '-' : formatUsd(nanoUsd);
}
