import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import { join, resolve } from 'node:path';
import { isMet, judged, type Row } from './rows.ts';
import { isPinned } from './subjects.ts';

const ROOT = resolve(import.meta.dirname, '..');
const RESULTS = join(import.meta.dirname, 'results');

/** What it was measured on. */
export type Machine = { cpu: string; cores: number; memoryGiB: number; system: string; node: string; pinned: boolean };

/** Names this machine by its kind, not by its name. */
export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 1024 ** 3),
    system: `${type()} ${release()}`,
    node: process.version,
    pinned: isPinned,
  };
}

const WORDS = {
  en: {
    head: ['what', 'EZModel', 'bare relay', 'against bare', 'target', 'met'],
    added: 'added',
    machine: ({ cpu, cores, memoryGiB, system, node, pinned }: Machine) =>
      `${cpu}, ${cores} cores, ${memoryGiB} GiB, ${system}, Node ${node}; ` +
      (pinned ? 'each relay alone on one core, load and upstream on another.' : 'processes not bound to cores.'),
  },
  zh: {
    head: ['项目', 'EZModel', '裸转发', '相对裸转发', '目标', '达成'],
    added: '增加',
    machine: ({ cpu, cores, memoryGiB, system, node, pinned }: Machine) =>
      `${cpu}，${cores} 核，${memoryGiB} GiB，${system}，Node ${node}；` +
      (pinned ? '两个转发各自独占同一个核，负载与上游在另一个核。' : '进程未绑定到核。'),
  },
} as const;

type Language = keyof typeof WORDS;

/** The table in Markdown, with the machine and the day below it. */
export function formatTable(rows: readonly Row[], machine: Machine, day: string, language: Language): string {
  const words = WORDS[language];
  const lines = rows.map((row) => `| ${cells(row, language).join(' | ')} |`);
  const rule = `|${words.head.map(() => ' --- |').join('')}`;
  return [`| ${words.head.join(' | ')} |`, rule, ...lines, '', `${day}: ${words.machine(machine)}`].join('\n');
}

function cells(row: Row, language: Language): string[] {
  const { unit, measured, bare, ratio, target } = row;
  const met = isMet(row);
  const isAdded = target?.of === 'added';
  const against = isAdded ? `+${round(judged(row))} ${unit}` : ratio === undefined ? '' : `${ratio.toFixed(2)} x`;
  return [
    row[language],
    `${round(measured)} ${unit}`,
    bare === undefined ? '' : `${round(bare)} ${unit}`,
    against.replace('+-', '-'),
    target === undefined ? '' : targetText(row, WORDS[language].added),
    met === undefined ? '' : met ? '✓' : '✗',
  ];
}

function targetText({ target, unit }: Row, added: string): string {
  if (target === undefined) return '';
  const sign = target.at === 'least' ? '≥' : '≤';
  if (target.of === 'ratio') return `${sign} ${target.value.toFixed(2)} x`;
  return `${target.of === 'added' ? `${added} ` : ''}${sign} ${target.value} ${unit}`;
}

/** Three figures that count, and never an exponent. */
function round(value: number): string {
  if (Math.abs(value) >= 100) return String(Math.round(value));
  return String(Number(value.toPrecision(3)));
}

/** Writes `results/<day>.json` and `results/latest.json`. */
export function writeResults(rows: readonly Row[], machine: Machine, day: string, raw: object): void {
  mkdirSync(RESULTS, { recursive: true });
  const judgedRows = rows.map((row) => ({ ...row, judged: judged(row), met: isMet(row) }));
  const text = `${JSON.stringify({ day, machine, rows: judgedRows, rounds: raw }, null, 2)}\n`;
  for (const name of [day, 'latest']) writeFileSync(join(RESULTS, `${name}.json`), text);
}

/** Puts the table between the marks in the READMEs that have them. */
export function updateReadmes(rows: readonly Row[], machine: Machine, day: string): void {
  for (const [name, language] of [
    ['README.md', 'en'],
    ['README.zh-CN.md', 'zh'],
  ] as const) {
    const file = join(ROOT, name);
    if (!existsSync(file)) continue;
    const table = formatTable(rows, machine, day, language);
    const text = readFileSync(file, 'utf8');
    const updated = text.replace(
      /(<!-- bench:start -->\n)[\s\S]*?(<!-- bench:end -->)/,
      (_, start, end) => `${start}${table}\n${end}`,
    );
    if (updated !== text) writeFileSync(file, updated);
  }
}
