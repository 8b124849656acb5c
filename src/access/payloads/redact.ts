import type { Redaction } from '../../config/config.ts';
import { compileLinearPattern } from '../../config/linear-pattern.ts';

/** What stands in the place of what was blotted out. */
export const BLOT = '[redacted]';

/** From the first to behind the last character. */
type Range = { start: number; end: number };

/** Finds what must not be kept in a text: ranges in order, none touching another. */
export type Finder = (text: string) => Range[];

/**
 * A finder for these rules, linear in the text. Literals are found as JSON writes them, too: arguments of tools are JSON inside
 * of JSON.
 */
export function createFinder(rules: readonly Redaction[]): Finder {
  const literals = rules.flatMap(({ kind, text }) => (kind === 'literal' ? formsOf(text) : []));
  const patterns = rules.flatMap(({ kind, text }) => (kind === 'pattern' ? [compileLinearPattern(text)] : []));
  return (text) => merged([...literals.flatMap((each) => placesOf(text, each)), ...patterns.flatMap(matchesIn(text))]);
}

function formsOf(literal: string): string[] {
  const written = JSON.stringify(literal).slice(1, -1);
  return written === literal ? [literal] : [literal, written];
}

function placesOf(text: string, literal: string): Range[] {
  const found: Range[] = [];
  for (let start = text.indexOf(literal); start >= 0; start = text.indexOf(literal, start + literal.length)) {
    found.push({ start, end: start + literal.length });
  }
  return found;
}

function matchesIn(text: string): (pattern: RegExp) => Range[] {
  return (pattern) =>
    [...text.matchAll(pattern)]
      .map((match) => ({ start: match.index, end: match.index + match[0].length }))
      .filter(({ start, end }) => end > start);
}

function merged(ranges: readonly Range[]): Range[] {
  const joined: Range[] = [];
  for (const range of ranges.toSorted((a, b) => a.start - b.start)) {
    const last = joined.at(-1);
    if (last !== undefined && range.start <= last.end) last.end = Math.max(last.end, range.end);
    else joined.push({ ...range });
  }
  return joined;
}

/** The text without what the finder finds. */
export function redactText(text: string, find: Finder): string {
  return redactTogether([text], find)[0] ?? '';
}

/** Texts that belong together, without what the finder finds in them as one: a stream cuts words anywhere. */
export function redactTogether(texts: readonly string[], find: Finder): string[] {
  const ranges = find(texts.join(''));
  if (ranges.length === 0) return [...texts];
  let offset = 0;
  return texts.map((text) => {
    const redacted = withoutRanges(text, offset, ranges);
    offset += text.length;
    return redacted;
  });
}

/** The mark stands where a range begins. */
function withoutRanges(text: string, offset: number, ranges: readonly Range[]): string {
  let result = '';
  let kept = 0;
  for (const { start, end } of ranges) {
    const [from, to] = [start - offset, end - offset];
    if (to <= 0 || from >= text.length) continue;
    result += text.slice(kept, Math.max(kept, from));
    if (from >= 0) result += BLOT;
    kept = Math.min(to, text.length);
  }
  return result + text.slice(kept);
}

/**
 * JSON without what the finder finds in its strings, as they read when they are decoded, and between them. The rest stays as it
 * is written. The text may be cut off anywhere, or be no JSON at all.
 */
export function redactJson(text: string, find: Finder): string {
  let result = '';
  let end = 0;
  for (let start = text.indexOf('"'); start >= 0; start = text.indexOf('"', end)) {
    result += redactText(text.slice(end, start), find);
    end = endOfString(text, start);
    result += redactString(text.slice(start, end), find);
  }
  return result + redactText(text.slice(end), find);
}

/** Behind the closing quote of the string that begins at `start`, or at the end of a text that was cut off. */
function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let escapes = quote;
    while (text[escapes - 1] === '\\') escapes -= 1;
    if ((quote - escapes) % 2 === 0) return quote + 1;
  }
  return text.length;
}

function redactString(written: string, find: Finder): string {
  const decoded = decode(written);
  if (decoded === undefined) return redactText(written, find);
  const redacted = redactText(decoded, find);
  return redacted === decoded ? written : JSON.stringify(redacted);
}

/** Of a string that was cut off in an escape, what stands before it. */
function decode(written: string): string | undefined {
  for (const whole of [written, `${written}"`, `${written.replace(/\\u?[0-9a-fA-F]{0,3}$/, '')}"`]) {
    try {
      const value: unknown = JSON.parse(whole);
      if (typeof value === 'string') return value;
    } catch {}
  }
  return undefined;
}
