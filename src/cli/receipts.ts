import type { Command } from 'commander';
import {
  type AttemptReceipt,
  type Computation,
  type Correction,
  type ReceiptReport,
  reportReceipt,
} from '../metering/receipt-report.ts';
import {
  CliError,
  type Column,
  formatCount,
  formatTable,
  formatTime,
  formatUsd,
  print,
  printable,
  printJson,
} from './output.ts';
import { environmentOf, withStore } from './settings.ts';

/** Adds `receipts`. */
export function addReceiptsCommand(program: Command): void {
  program
    .command('receipts')
    .argument('<id>', 'the request id: req_…')
    .description('print how the cost of one request was computed, line by line')
    .option('--json', 'print JSON')
    .action(receipts);
}

async function receipts(id: string, { json }: { json?: true }, command: Command): Promise<void> {
  const report = await withStore(environmentOf(command).dataDir, (store) => reportReceipt(store, id));
  if (report === undefined) throw new CliError(`no exchange has the id ${id}`);
  if (json) printJson(report);
  else print(formatReport(report));
}

function formatReport(report: ReceiptReport): string {
  const head = formatFacts([
    ['request', report.id],
    ['key', report.key_name ?? report.key_id],
    ['model', report.model],
    ['started', formatTime(report.started_at)],
    ['status', report.status],
    ['total', formatAmount(report.cost_nano_usd)],
  ]);
  return [head, ...report.attempts.map(formatAttempt)].join('\n\n');
}

function formatAttempt(receipt: AttemptReceipt): string {
  const { partial, estimated, unpriced } = receipt;
  const flags = Object.entries({ partial, estimated, unpriced }).flatMap(([name, isSet]) => (isSet ? [name] : []));
  const head = formatFacts([
    ['attempt', `${receipt.attempt}: ${receipt.channel}, ${receipt.upstream_model}, ${receipt.status}`],
    ...(flags.length === 0 ? [] : [['flags', flags.join(', ')] satisfies Fact]),
    ...factsOf(receipt.charge),
  ]);
  return [head, formatLines(receipt.charge), ...receipt.corrections.map(formatCorrection)].join('\n');
}

function formatCorrection(correction: Correction): string {
  const head = formatFacts([
    ['corrected', `${formatTime(correction.at)} by ${correction.actor ?? '-'}: ${correction.reason ?? '-'}`],
    ['added', formatAmount(correction.added_nano_usd)],
    ...factsOf(correction),
  ]);
  return `\n${head}\n${formatLines(correction)}`;
}

type Fact = [name: string, value: string];

function factsOf({ price_version, price_id, prompt_above, terms, markup, project_markup }: Computation): Fact[] {
  const facts: Fact[] = [['price', price_id === null ? `none in ${price_version}` : `${price_id} of ${price_version}`]];
  if (prompt_above > 0) facts.push(['tier', `prompts above ${formatCount(prompt_above)} tokens`]);
  for (const { term, multiplier } of terms) {
    facts.push([
      'term',
      `${term}: ${multiplier === null ? 'no multiplier is known, counted as 1' : `x ${multiplier}`}`,
    ]);
  }
  if (markup !== 1) facts.push(['markup', `x ${markup}`]);
  if (project_markup !== 1) facts.push(['project', `x ${project_markup}`]);
  return facts;
}

const LINE_COLUMNS: readonly Column[] = [
  { title: 'CLASS' },
  ...['COUNT', 'RATE', 'PER', 'NANO-USD'].map((title): Column => ({ title, align: 'right' })),
];

function formatLines({ lines, total_nano_usd }: Computation): string {
  const rows = lines.map((line) => [
    line.class,
    formatCount(line.count),
    formatAmount(line.rate_nano_usd),
    formatCount(line.per),
    line.nano_usd === null ? '-' : formatCount(line.nano_usd),
  ]);
  const total = ['total', '', '', '', total_nano_usd === null ? '-' : formatCount(total_nano_usd)];
  return formatTable(LINE_COLUMNS, [...rows, total]);
}

function formatFacts(facts: readonly Fact[]): string {
  return facts.map(([name, value]) => `${name.padEnd(10)}${printable(value)}`).join('\n');
}

function formatAmount(nanoUsd: number | null): string {
  return nanoUsd === null ? 'unpriced' : formatUsd(nanoUsd);
}
