const NANO_PER_USD = 1_000_000_000;

/** A failure that is told to the operator as one line, without a stack. */
export class CliError extends Error {
  override readonly name = 'CliError';
}

/** Prints a line. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Prints a value as indented JSON. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** One column of a table for people. */
export type Column = { title: string; align?: 'right' };

/** Rows under titles, columns as wide as they must be. */
export function formatTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const titles = columns.map(({ title }) => title);
  const cleanRows = rows.map((row) => row.map(printable));
  const widths = columns.map((_, index) =>
    Math.max(...[titles, ...cleanRows].map((row) => visibleLength(row[index] ?? ''))),
  );
  const line = (row: readonly string[]) =>
    columns
      .map(({ align }, index) => {
        const text = row[index] ?? '';
        const padding = ' '.repeat(Math.max(0, (widths[index] ?? 0) - visibleLength(text)));
        return align === 'right' ? padding + text : text + padding;
      })
      .join('  ')
      .trimEnd();
  return [titles, ...cleanRows].map(line).join('\n');
}

/** An amount in full, `$0.000001234`: every nano-USD shows, and at least two decimals. */
export function formatUsd(nanoUsd: number): string {
  const amount = Math.abs(nanoUsd);
  const whole = Math.trunc(amount / NANO_PER_USD);
  const fraction = String(amount % NANO_PER_USD).padStart(9, '0');
  const decimals = fraction.replace(/0+$/, '').padEnd(2, '0');
  return `${nanoUsd < 0 ? '-' : ''}$${withSeparators(whole)}.${decimals}`;
}

/** A count with thousands set apart: `1,234,567`. */
export function formatCount(count: number): string {
  return `${count < 0 ? '-' : ''}${withSeparators(Math.abs(count))}`;
}

/** A count with its noun: `1 channel`, `2 channels`. */
export function plural(count: number, noun: string, nouns = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : nouns}`;
}

/** A point in time (Unix ms), in UTC to the second; a dash for none. */
export function formatTime(time: number | null): string {
  return time === null ? '-' : `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')}Z`;
}

function withSeparators(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/** Names come from requests and files: nothing in them may move the cursor or hide text (`reliability.md` §3, Log injection). */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (mark) => `\\u${mark.codePointAt(0)?.toString(16).padStart(4, '0')}`,
  );
}

function visibleLength(text: string): number {
  return [...text].length;
}
