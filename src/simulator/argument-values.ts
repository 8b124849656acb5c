import type { JsonObject } from '../core/json.ts';
import { numberAt } from '../core/json.ts';

/** Single values for tool arguments, taken from the user's words where they fit the schema. */

/** A value for each `format` of JSON Schema that strings commonly have. */
const FORMATS: Readonly<Record<string, { found: RegExp; fallback: string }>> = {
  date: { found: /\b\d{4}-\d{2}-\d{2}\b/, fallback: '2026-01-31' },
  'date-time': {
    found: /\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:Z|[+-]\d{2}:\d{2})/,
    fallback: '2026-01-31T12:00:00Z',
  },
  time: { found: /\b\d{2}:\d{2}:\d{2}(?:Z|[+-]\d{2}:\d{2})/, fallback: '12:00:00Z' },
  duration: { found: /\bP(?:\d+[YMWD])+\b/, fallback: 'P1D' },
  email: { found: /[\w.+-]+@[\w-]+\.[\w.-]*\w/, fallback: 'user@example.com' },
  hostname: { found: /\b(?:[a-z0-9-]+\.)+[a-z]{2,}\b/i, fallback: 'example.com' },
  ipv4: { found: /\b(?:\d{1,3}\.){3}\d{1,3}\b/, fallback: '192.0.2.1' },
  ipv6: { found: /\b(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}\b/i, fallback: '2001:db8::1' },
  uri: { found: /\bhttps?:\/\/[^\s"'<>”，。]+/, fallback: 'https://example.com/' },
  uuid: { found: /\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b/i, fallback: '00000000-0000-4000-8000-000000000000' },
};

/** Properties that ask for a place by name or description. */
const ASKS_FOR_PLACE = /cit(?:y|ies)|location|place|town|destination|城市|地点|地名|位置/i;
const PLACE_AFTER_PREPOSITION = /\b(?:in|at|for|of|near|to|from)\s+(\p{Lu}[\p{L}'-]*(?:[ ,]+\p{Lu}[\p{L}'-]*)*)/u;
const CAPITALISED = /(?<=\S\s+)\p{Lu}[\p{L}'-]+/u;
/** Chinese has no capitals: what opens a question is taken off, and the place ends where the topic begins. */
const CHINESE_OPENING = /^(?:请问|请|帮我|麻烦|查询|查一下|查查|查|告诉我|我想知道|一下)+/;
const CHINESE_PLACE =
  /^(\p{Script=Han}{2,8}?)(?:市)?(?:今天|明天|后天|昨天|现在|当前|这周|本周|周末|的|天气|气温|温度|怎么|有|是|会|几|在|到)/u;
const PATH_LIKE = /(?:[\w.-]*\/)*[\w-]+\.\w{1,8}\b/;
const ASKS_FOR_PATH = /file|path|文件|路径/i;

/** Values to try against a `pattern`, after the user's own words. */
const PATTERN_CANDIDATES = [
  'a',
  'A',
  'abc',
  'ABC',
  'Abc',
  '0',
  '1',
  '12',
  '123',
  '1234',
  '12345',
  '123456',
  '+15550100',
  'a1',
  'A1',
  'AB',
  'AAA',
  'aaa',
  'USD',
  'en',
  'en-US',
  'a-b',
  'a_b',
  'a.b',
  'a b',
  '#000000',
  '2026-01-31',
  '12:00',
  '1.0.0',
  'user@example.com',
  'https://example.com/',
  '/',
  '/a',
  '192.0.2.1',
];

/**
 * A string that the schema accepts. A `pattern` that no candidate fits, or that is not safe to try, is the one thing it can miss.
 * @param hint name and description of the property.
 */
export function stringFor(schema: JsonObject, text: string, hint: string): string {
  const format = typeof schema['format'] === 'string' ? FORMATS[schema['format']] : undefined;
  if (format) return format.found.exec(text)?.[0] ?? format.fallback;
  const candidates = [wordsFor(hint, text), ...text.split(/\s+/), ...PATTERN_CANDIDATES].map((value) =>
    toLength(value, schema),
  );
  const pattern = typeof schema['pattern'] === 'string' ? compile(schema['pattern']) : undefined;
  const fitting = pattern
    ? candidates.find((value) => value.length <= LONGEST_TESTED && pattern.test(value))
    : undefined;
  return fitting ?? candidates[0] ?? '';
}

/** A number within the schema's bounds, from the text when it names one that fits. */
export function numberFor(schema: JsonObject, text: string, whole: boolean): number {
  const step = numberAt(schema, 'multipleOf') ?? (whole ? 1 : undefined);
  const low = lowest(schema, step);
  const high = Math.min(
    numberAt(schema, 'maximum') ?? Number.POSITIVE_INFINITY,
    (numberAt(schema, 'exclusiveMaximum') ?? Number.POSITIVE_INFINITY) - (step ?? Number.EPSILON),
  );
  const named = (text.match(/-?\d+(?:\.\d+)?/g) ?? []).map(Number);
  const fits = (value: number): boolean =>
    value >= low && value <= high && (step === undefined || isMultiple(value, step));
  const start = low === Number.NEGATIVE_INFINITY ? Math.min(1, high) : Math.max(low, Math.min(1, high));
  const onGrid = step === undefined ? start : gridPoint(start, step, low, high);
  return named.find(fits) ?? onGrid;
}

function lowest(schema: JsonObject, step: number | undefined): number {
  const exclusive = numberAt(schema, 'exclusiveMinimum');
  const above =
    exclusive === undefined
      ? Number.NEGATIVE_INFINITY
      : exclusive + (step ?? Math.max(1e-6, Math.abs(exclusive) * 1e-6));
  return Math.max(numberAt(schema, 'minimum') ?? Number.NEGATIVE_INFINITY, above);
}

/** The multiple of `step` nearest to `start` that lies within the bounds. */
function gridPoint(start: number, step: number, low: number, high: number): number {
  const up = Math.ceil(start / step) * step;
  if (up <= high) return up;
  const down = Math.floor(start / step) * step;
  return down >= low ? down : up;
}

function isMultiple(value: number, step: number): boolean {
  return Math.abs(value / step - Math.round(value / step)) < 1e-9;
}

/** The words of the text that a property of this name is likely to want. */
function wordsFor(hint: string, text: string): string {
  if (ASKS_FOR_PLACE.test(hint)) return placeIn(text) ?? text;
  if (ASKS_FOR_PATH.test(hint)) return PATH_LIKE.exec(text)?.[0] ?? text;
  return text;
}

function placeIn(text: string): string | undefined {
  const chinese = CHINESE_PLACE.exec(text.replace(CHINESE_OPENING, ''))?.[1];
  return chinese ?? PLACE_AFTER_PREPOSITION.exec(text)?.[1] ?? CAPITALISED.exec(text)?.[0];
}

const MOST_PADDING = 10_000;

/** `value`, cut or padded to the schema's length in code points. */
function toLength(value: string, schema: JsonObject): string {
  const most = numberAt(schema, 'maxLength');
  const fewest = numberAt(schema, 'minLength') ?? 0;
  const points = Array.from(value);
  const cut = most !== undefined && points.length > most ? points.slice(0, most).join('') : value;
  return cut + 'x'.repeat(Math.min(Math.max(0, fewest - points.length), MOST_PADDING));
}

/** A caller's pattern may be built to run for ever: tried are only those that cannot, on values of this length. */
const LONGEST_TESTED = 32;
const MOST_REPETITIONS = 4;

function compile(pattern: string): RegExp | undefined {
  const repeatsGroup = /\)[*+{]/.test(pattern);
  const repetitions = pattern.match(/[*+]|\{\d+,/g)?.length ?? 0;
  if (repeatsGroup || repetitions > MOST_REPETITIONS) return undefined;
  try {
    return new RegExp(pattern, 'u');
  } catch {
    // Not ECMAScript syntax: no value can be tested against it.
    return undefined;
  }
}
