import type { Command } from 'commander';
import { type AttemptReport, type ExchangeReport, reportExchange } from '../metering/exchange-report.ts';
import { CliError, type Column, formatCount, formatTable, formatTime, formatUsd, print, printJson } from './output.ts';
import { environmentOf, withStore } from './settings.ts';

/** Adds `exchange`. */
export function addExchangeCommand(program: Command): void {
  program
    .command('exchange')
    .argument('<id>', 'the request id: req_…')
    .description('print what became of one request: every attempt, its times, and what it cost')
    .option('--json', 'print JSON')
    .action(exchange);
}

async function exchange(id: string, { json }: { json?: true }, command: Command): Promise<void> {
  const report = await withStore(environmentOf(command).dataDir, (store) => reportExchange(store, id));
  if (report === undefined) throw new CliError(`no exchange has the id ${id}`);
  if (json) printJson(report);
  else print(formatReport(report));
}

function formatReport(report: ExchangeReport): string {
  const { id, model, dialect, stream, status, http_status, error_kind, key_name, key_id, losses } = report;
  const facts: [string, string][] = [
    ['request', id],
    ['key', key_name ?? key_id],
    ['asked for', `${model}, ${dialect}${stream ? ', streamed' : ''}`],
    ['started', formatTime(report.started_at)],
    ['ended', formatTime(report.ended_at)],
    ['status', [status, http_status, error_kind].filter((part) => part !== null).join(' ')],
    ['cost', formatCost(report.cost_nano_usd)],
    ['losses', losses.length === 0 ? 'none' : losses.join(', ')],
  ];
  const head = facts.map(([name, value]) => `${name.padEnd(10)}${value}`).join('\n');
  const tables = [formatTable(ATTEMPT_COLUMNS, report.attempts.map(attemptRow))];
  const headers = headerRows(report);
  if (headers.length > 0) tables.push(formatTable(HEADER_COLUMNS, headers));
  return [head, ...tables].join('\n\n');
}

const HEADER_COLUMNS: readonly Column[] = ['HEADERS OF', 'NAME', 'VALUE'].map((title) => ({ title }));

function headerRows({ headers, attempts }: ExchangeReport): string[][] {
  const rowsOf = (from: string, of: Record<string, string>) =>
    Object.entries(of).map(([name, value]) => [from, name, value]);
  return [
    ...rowsOf('client', headers),
    ...attempts.flatMap((attempt) => rowsOf(`answer ${attempt.attempt}`, attempt.headers)),
  ];
}

const ATTEMPT_COLUMNS: readonly Column[] = [
  ...['#', 'CHANNEL', 'MODEL', 'WHY', 'STATUS'].map((title) => ({ title })),
  ...['WAITED', 'CONNECT', 'SENT', 'HEADERS', 'FIRST', 'END', 'BYTES', 'INPUT', 'OUTPUT', 'COST'].map(
    (title): Column => ({ title, align: 'right' }),
  ),
];

function attemptRow(attempt: AttemptReport): string[] {
  const input =
    (attempt.input ?? 0) + (attempt.cache_read ?? 0) + (attempt.cache_write_5m ?? 0) + (attempt.cache_write_1h ?? 0);
  const status = [attempt.status, attempt.http_status, attempt.error_kind].filter((part) => part !== null).join(' ');
  return [
    `${attempt.attempt}`,
    attempt.channel,
    attempt.upstream_model,
    attempt.reason ?? '-',
    status,
    ...[attempt.waited_ms, attempt.connect_ms].map(formatMs),
    ...[attempt.sent_after, attempt.headers_after, attempt.first_event_after, attempt.ended_after].map(formatMs),
    formatCount(attempt.answer_bytes),
    formatCount(input),
    formatCount(attempt.output ?? 0),
    formatCost(attempt.cost_nano_usd),
  ];
}

function formatMs(milliseconds: number | null): string {
  return milliseconds === null ? '-' : `${formatCount(milliseconds)} ms`;
}

function formatCost(nanoUsd: number | null): string {
  return nanoUsd === null ? '-' : formatUsd(nanoUsd);
}
