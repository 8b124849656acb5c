import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { priceCatalogueOf } from '../gateway/wiring.ts';
import { createConfiguredPrices } from '../metering/prices.ts';
import { type RepriceReport, reprice } from '../metering/reprice.ts';
import { sinceArgument } from './arguments.ts';
import { type Column, formatTable, formatUsd, plural, print, printJson } from './output.ts';
import { addPriceTables } from './price-tables.ts';
import { configOf, environmentOf, withStore } from './settings.ts';

/** Adds `prices`. */
export function addPricesCommand(program: Command): void {
  const prices = program.command('prices').description('what models cost, and pricing what was used again');
  addPriceTables(prices);
  prices
    .command('reprice')
    .description('correct charges without a price, by rows that are added to the ledger')
    .requiredOption('--since <when>', 'requests from then on: 7d, or 2026-11-23', (text: string) =>
      sinceArgument(text, Date.now()),
    )
    .requiredOption('--reason <text>', 'why, kept with every correction')
    .option('--model <name>', 'only this model, by its public or upstream name')
    .option(
      '--priced',
      'correct charges that have a price too, where another amount comes out of today’s configuration',
    )
    .option('--dry-run', 'print what would be corrected, and write nothing')
    .option('--json', 'print JSON')
    .action(repriceCharges);
}

type RepriceFlags = { since: number; reason: string; model?: string; priced?: true; dryRun?: true; json?: true };

async function repriceCharges(flags: RepriceFlags, command: Command): Promise<void> {
  const { since, reason, model, priced = false, dryRun = false, json } = flags;
  const environment = environmentOf(command);
  const prices = await createConfiguredPrices(configOf(environment), priceCatalogueOf);
  const options = { since, reason, model, priced, dryRun, actor: userInfo().username };
  const report = await withStore(environment.dataDir, (store) => reprice(store, prices, Date.now(), options));
  if (json) printJson(report);
  else print(formatReport(report, dryRun));
}

const COLUMNS: readonly Column[] = [
  ...['REQUEST', 'MODEL', 'UPSTREAM MODEL'].map((title) => ({ title })),
  ...['ATTEMPT', 'BEFORE', 'AFTER'].map((title): Column => ({ title, align: 'right' })),
];

function formatReport({ corrections, added_nano_usd, still_unpriced }: RepriceReport, isDryRun: boolean): string {
  const rows = corrections.map((correction) => [
    correction.exchange_id,
    correction.model,
    correction.upstream_model,
    `${correction.attempt}`,
    correction.before_nano_usd === null ? 'unpriced' : formatUsd(correction.before_nano_usd),
    formatUsd(correction.after_nano_usd),
  ]);
  const done = isDryRun ? 'would be written' : 'written';
  const sum = `${plural(corrections.length, 'correction')} ${done}: ${formatUsd(added_nano_usd)} added`;
  const left = still_unpriced === 0 ? [] : [`${plural(still_unpriced, 'charge')} without a price left`];
  return [...(rows.length === 0 ? [] : [formatTable(COLUMNS, rows)]), sum, ...left].join('\n');
}
