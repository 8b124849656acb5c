import type { Command } from 'commander';
import type { RetentionLimit } from '../config/config.ts';
import { createPace } from '../metering/retention/janitor.ts';
import { ROLLUP_BYTES, ROW_BYTES, runRetention } from '../metering/retention/run-retention.ts';
import { measureRollUps, measureRows } from '../store/close-rows.ts';
import { sizePayloads } from '../store/payloads.ts';
import type { Store } from '../store/store.ts';
import { type Column, formatCount, formatTable, formatTime, plural, print, printJson } from './output.ts';
import { configOf, environmentOf, withStore } from './settings.ts';

const HOUR = 3_600_000;

/** Adds `retention show|run`. */
export function addRetentionCommand(program: Command): void {
  const retention = program.command('retention').description('how long payloads, rows and roll-ups are kept');
  retention
    .command('show')
    .description('print how much there is of each, since when, and its limits')
    .option('--json', 'print JSON')
    .action(show);
  retention
    .command('run')
    .description('delete now what is above the limits; a running server does so every minute')
    .action(run);
}

/** How much there is of one kind of data; `oldest` is Unix ms. */
type Holding = { kind: string; count: number; bytes: number; oldest: number | null; limit: RetentionLimit };

async function show({ json }: { json?: true }, command: Command): Promise<void> {
  const environment = environmentOf(command);
  const limits = configOf(environment).retention;
  const holdings = await withStore(environment.dataDir, async (store): Promise<Holding[]> => {
    const [bodies, rows, rollups] = await measure(store);
    return [
      { kind: 'bodies', ...bodies, limit: limits.bodies },
      { kind: 'rows', ...rows, limit: limits.rows },
      { kind: 'rollups', ...rollups, limit: limits.rollups },
    ];
  });
  if (json) printJson(holdings);
  else print(formatTable(COLUMNS, holdings.map(holdingRow)));
}

async function measure(store: Store) {
  const [bodies, rows, rollups] = await Promise.all([sizePayloads(store), measureRows(store), measureRollUps(store)]);
  return [
    bodies,
    { ...rows, bytes: rows.count * ROW_BYTES },
    { ...rollups, bytes: rollups.count * ROLLUP_BYTES, oldest: rollups.oldest === null ? null : rollups.oldest * HOUR },
  ] as const;
}

const COLUMNS: readonly Column[] = [
  { title: 'KIND' },
  { title: 'COUNT', align: 'right' },
  { title: 'BYTES', align: 'right' },
  { title: 'SINCE' },
  { title: 'DAYS KEPT', align: 'right' },
  { title: 'BYTES KEPT', align: 'right' },
];

function holdingRow({ kind, count, bytes, oldest, limit }: Holding): string[] {
  const limitText = (value: number | undefined) => (value === undefined ? 'all' : formatCount(value));
  return [
    kind,
    formatCount(count),
    `${kind === 'bodies' ? '' : 'about '}${formatCount(bytes)}`,
    formatTime(oldest),
    limitText(limit.days),
    limitText(limit.bytes),
  ];
}

async function run(_: object, command: Command): Promise<void> {
  const environment = environmentOf(command);
  const config = configOf(environment).retention;
  const { bodies, rows, rollups } = await withStore(environment.dataDir, (store) =>
    runRetention({ store, config, now: Date.now(), pace: createPace(store, undefined) }),
  );
  print(`Deleted: ${plural(bodies, 'payload')}, ${plural(rows, 'exchange')}, ${plural(rollups, 'hour')} of roll-ups`);
}
