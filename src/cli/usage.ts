import { type Command, InvalidArgumentError, Option } from 'commander';
import type { UsageFigures, UsageRow } from '../metering/usage.ts';
import {
  GROUP_TEXTS,
  type GroupedUsage,
  reportUsageBy,
  USAGE_DIMENSIONS,
  type UsageDimension,
} from '../metering/usage-by.ts';
import { listKeys } from '../store/keys.ts';
import { sinceArgument, tagsArgument } from './arguments.ts';
import { findOne } from './find-key.ts';
import { CliError, type Column, formatCount, formatTable, formatTime, formatUsd, print, printJson } from './output.ts';
import { findProjectByName } from './projects.ts';
import { environmentOf, withStore } from './settings.ts';

/** Adds `usage`. */
export function addUsageCommand(program: Command): void {
  const time = (text: string) => sinceArgument(text, Date.now());
  program
    .command('usage')
    .description('print what was used and what it cost')
    .option('--from <when>', 'from then on: 7d, or 2026-11-23 (default: all time)', time)
    .addOption(new Option('--since <when>', 'the same as --from').argParser(time).conflicts('from'))
    .option('--to <when>', 'until then, itself not counted: 1d, or 2026-12-01', time)
    .option('--project <project>', 'of one project, by id or name')
    .option('--key <key>', 'of one API key, by id or name')
    .option('--model <model>', 'of one model or pattern, such as claude-*')
    .option('--tag <tag>', 'with a tag', tagArgument)
    .option(
      '--by <list>',
      `told apart by these: ${USAGE_DIMENSIONS.join(', ')}`,
      dimensionsArgument,
      DEFAULT_DIMENSIONS,
    )
    .option('--rows', 'print each exchange as well')
    .option('--json', 'print JSON')
    .action(usage);
}

const DEFAULT_DIMENSIONS: UsageDimension[] = ['day', 'key', 'model'];

type UsageOptions = {
  from?: number;
  since?: number;
  to?: number;
  project?: string;
  key?: string;
  model?: string;
  tag?: string;
  by: UsageDimension[];
  rows?: true;
  json?: true;
};

async function usage(options: UsageOptions, command: Command): Promise<void> {
  const { since = 0, from = since, to, project, key, model, tag, by, rows, json } = options;
  if (to !== undefined && to <= from) throw new CliError('--to must be later than --from');
  const report = await withStore(environmentOf(command).dataDir, async (store) => {
    const projectId = project === undefined ? undefined : (await findProjectByName(store, project)).id;
    const keyId = key === undefined ? undefined : findOne(await listKeys(store), key).id;
    return reportUsageBy(store, { from, to, projectId, keyId, model, tag, by, rows: rows ?? false });
  });
  if (json) printJson(report);
  else print(formatReport(report, by));
}

const FIGURE_COLUMNS: readonly Column[] = ['EXCHANGES', 'INPUT', 'CACHE READ', 'CACHE WRITE', 'OUTPUT', 'COST'].map(
  (title) => ({ title, align: 'right' }),
);

function formatReport({ totals, groups, rows }: GroupedUsage, by: readonly UsageDimension[]): string {
  const columns = [...by.map((dimension) => ({ title: dimension.toUpperCase() })), ...FIGURE_COLUMNS];
  const table = formatTable(columns, [
    ...groups.map((group) => [...by.map((dimension) => GROUP_TEXTS[dimension](group)), ...figures(group)]),
    ['total', ...by.slice(1).map(() => ''), ...figures(totals)],
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

function tagArgument(text: string): string {
  const [tag, ...others] = tagsArgument(text);
  if (tag === undefined || others.length > 0) throw new InvalidArgumentError('Write one tag.');
  return tag;
}

function dimensionsArgument(text: string): UsageDimension[] {
  const asked = text.split(',').map((name) => USAGE_DIMENSIONS.find((known) => known === name.trim()));
  const found = asked.filter((dimension) => dimension !== undefined);
  if (found.length === asked.length) return [...new Set(found)];
  throw new InvalidArgumentError(`Write some of ${USAGE_DIMENSIONS.join(', ')} with commas between them.`);
}
