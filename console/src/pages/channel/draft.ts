import type { InputOf } from '../../api/client.ts';
import { readModelLines, writeModelLines } from '../../lib/model-lines.ts';
import type { Channel } from './page.tsx';
import type { QuirkName } from './quirks.ts';

type Body = NonNullable<InputOf<'PATCH /channels/{name}'>['body']>;

/** What a model costs, as it stands in fields: USD per million tokens. */
export type PriceRow = { id: number; model: string } & Record<RateName, string>;

/** The rates that a price is made of, in the words of the API. */
export const RATES = ['input', 'output', 'cache_read', 'cache_write_5m', 'cache_write_1h'] as const;

/** One of them. */
export type RateName = (typeof RATES)[number];

/** The settings of a channel as they stand in the fields of the form: texts, empty where the default holds. */
export type Draft = {
  models: string;
  priority: string;
  weight: string;
  connect: string;
  firstEvent: string;
  idle: string;
  total: string;
  concurrent: string;
  perMinute: string;
  isChecked: boolean;
  interval: string;
  checkTimeout: string;
  when: 'always' | 'open';
  path: string;
  model: string;
  markup: string;
  prices: readonly PriceRow[];
  quirks: Readonly<Partial<Record<QuirkName, string>>>;
};

type Settings = Readonly<Record<string, unknown>>;

/** What was set, as fields show it. */
export function draftOf({ models, priority, weight, settings }: Channel): Draft {
  const all = settings ?? {};
  const [timeouts, limits, check] = ['timeouts', 'credential_limits', 'health_check'].map((name) => part(all, name));
  return {
    models: all['models'] === undefined ? '' : writeModelLines(models),
    priority: String(priority),
    weight: String(weight),
    connect: textAt(timeouts, 'connect'),
    firstEvent: textAt(timeouts, 'first_event'),
    idle: textAt(timeouts, 'idle'),
    total: textAt(timeouts, 'total'),
    concurrent: textAt(limits, 'concurrent'),
    perMinute: textAt(limits, 'requests_per_minute'),
    isChecked: all['health_check'] !== undefined,
    interval: textAt(check, 'interval'),
    checkTimeout: textAt(check, 'timeout'),
    when: textAt(check, 'when') === 'open' ? 'open' : 'always',
    path: textAt(check, 'path'),
    model: textAt(check, 'model'),
    markup: textAt(all, 'markup'),
    prices: Object.entries(part(all, 'prices')).map(([name, price], id) => ({
      ...emptyPrice(id),
      model: name,
      ...Object.fromEntries(RATES.map((rate) => [rate, textAt(toRecord(price), rate)])),
    })),
    quirks: Object.fromEntries(
      Object.keys(part(all, 'quirks')).map((name) => [name, textAt(part(all, 'quirks'), name)]),
    ),
  };
}

/** A row for a price that nobody has filled in yet. */
export function emptyPrice(id: number): PriceRow {
  return { id, model: '', input: '', output: '', cache_read: '', cache_write_5m: '', cache_write_1h: '' };
}

/** What the fields say, for the API. @param settings what was set: what has no field stays as it is there. */
export function bodyOf(draft: Draft, settings: Settings, readQuirk: (name: string, text: string) => unknown): Body {
  const timeouts = { connect: draft.connect, first_event: draft.firstEvent, idle: draft.idle, total: draft.total };
  const check = { interval: draft.interval, timeout: draft.checkTimeout, path: draft.path, model: draft.model };
  const limits = { concurrent: draft.concurrent, requests_per_minute: draft.perMinute };
  const body = {
    models: readModelLines(draft.models) ?? null,
    priority: Number(draft.priority),
    weight: Number(draft.weight),
    timeouts: filled(timeouts),
    credential_limits: numbers(filled(limits)),
    health_check: draft.isChecked ? { ...filled(check), when: draft.when } : null,
    markup: draft.markup === '' ? 1 : Number(draft.markup),
    prices: pricesOf(draft.prices, part(settings, 'prices')),
    quirks: Object.fromEntries(Object.entries(draft.quirks).map(([name, text]) => [name, readQuirk(name, text)])),
  };
  return body;
}

function pricesOf(rows: readonly PriceRow[], known: Settings): NonNullable<Body['prices']> {
  return Object.fromEntries(
    rows.map(({ id: _, model, ...rates }) => {
      const { input, output, ...others } = rates;
      // Tiers, multipliers and prices of tools have no fields here.
      const { input: __, output: ___, cache_read, cache_write_5m, cache_write_1h, ...kept } = toRecord(known[model]);
      return [model, { ...kept, input: Number(input), output: Number(output), ...numbers(filled(others)) }];
    }),
  );
}

function filled<Name extends string>(texts: Record<Name, string>): { [name in Name]?: string } {
  const found: { [name in Name]?: string } = {};
  for (const name in texts) {
    const text = texts[name].trim();
    if (text !== '') found[name] = text;
  }
  return found;
}

function numbers<Name extends string>(texts: { [name in Name]?: string }): { [name in Name]?: number } {
  const found: { [name in Name]?: number } = {};
  for (const name in texts) found[name] = Number(texts[name]);
  return found;
}

function part(settings: Settings, name: string): Settings {
  return toRecord(settings[name]);
}

function toRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** A list stands with commas. */
function textAt(record: Settings | undefined, name: string): string {
  const value = record?.[name];
  if (Array.isArray(value)) return value.join(', ');
  return value === undefined || value === null ? '' : String(value);
}
