import type { Command } from 'commander';
import { reportUsage, type UsageFigures, type UsageReport, type UsageRow } from '../metering/usage.ts';
import { sinceArgument } from './arguments.ts';
import { type Column, formatCount, formatTable, formatTime, formatUsd, print, printJson } from './output.ts';
import { environmentOf, withStore } from './settings.ts';

/** Adds `usage`. */
export function addUsageCommand(program: Command): void {
  program
    .command('usage')
    .description('print what was used and what it cost, by day, key and model')
    .option('--since <when>', 'from then on: 7d, or 2026-11-23 (default: all time)', (text: string) =>
      sinceArgument(text, Date.now()),
    )
    .option('--rows', 'print each exchange as well')
    .option('--json', 'print JSON')
    .action(usage);
}

type UsageOptions = { since?: number; rows?: true; json?: true };

async function usage({ since, rows, json }: UsageOptions, command: Command): Promise<void> {
  const options = { ...(since !== undefined && { since }), rows: rows ?? false };
  const report = await withStore(environmentOf(command).dataDir, (store) => reportUsage(store, options));
  if (json) printJson(report);
  else print(formatReport(report));
}

const FIGURE_COLUMNS: readonly Column[] = ['EXCHANGES', 'INPUT', 'CACHE READ', 'CACHE WRITE', 'OUTPUT', 'COST'].map(
  (title) => ({ title, align: 'right' }),
);

function formatReport({ totals, groups, rows }: UsageReport): string {
  const columns = [{ title: 'DAY' }, { title: 'KEY' }, { title: 'MODEL' }, ...FIGURE_COLUMNS];
  const table = formatTable(columns, [
    ...groups.map((group) => [group.day, group.key_name ?? group.key_id, group.model, ...figures(group)]),
    ['total', '', '', ...figures(totals)],
  ]);
  return rows === undefined ? table : `${table}\n\n${formatRows(rows)}`;
}

function figures(sums: UsageFigures): string[] {
  const { exchanges, input_tokens, cache_read_tokens, cache_write_tokens, output_tokens, cost_nano_usd } = sums;
  const counts = [exchanges, input_tokens, cache_read_tokens, cache_write_tokens, output_tokens];
  return [...counts.map(formatCount), formatUsd(cost_nano_usd)];
}

function formatRows(rows: readonly UsageRow[]): string {
  const columns: readonly Column[] = [
    ...['REQUEST', 'STARTED', 'STATUS', 'MODEL', 'CHANNEL'].map((title) => ({ title })),
    { title: 'INPUT', align: 'right' },
    { title: 'OUTPUT', align: 'right' },
    { title: 'COST', align: 'right' },
    { title: 'NOTES' },
  ];
  return formatTable(
    columns,
    rows.map((row) => [
      row.request_id,
      formatTime(row.started_at),
      row.http_status === null ? row.status : `${row.status} ${row.http_status}`,
      row.model,
      row.channel ?? '-',
      formatCount(row.input_tokens + row.cache_read_tokens + row.cache_write_tokens),
      formatCount(row.output_tokens),
      row.cost_nano_usd === null ? '-' : formatUsd(row.cost_nano_usd),
      notes(row),
    ]),
  );
}

function notes({ partial, estimated, unpriced, error_kind }: UsageRow): string {
  const flags = { partial, estimated, unpriced };
  const set = Object.entries(flags).flatMap(([name, isSet]) => (isSet ? [name] : []));
  return [...set, ...(error_kind === null ? [] : [error_kind])].join(', ');
}
