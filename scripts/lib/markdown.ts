/** A table, with its head. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)];
}

/** A text that can stand in a table. */
export function cell(text: string): string {
  return text.replaceAll(/(?<!\\)\|/g, '\\|');
}
