/** The models of a channel as lines of text: a name, or `public = upstream`. */
export function writeModelLines(models: readonly { name: string; upstream: string | null }[]): string {
  return models.map(({ name, upstream }) => (upstream === null ? name : `${name} = ${upstream}`)).join('\n');
}

/** Such lines in the words of the API; undefined for no line. */
export function readModelLines(text: string): string[] | Record<string, string> | undefined {
  const lines = readLines(text);
  if (lines.length === 0) return undefined;
  const pairs = lines.map((line) => line.split('=').map((part) => part.trim()));
  if (pairs.every((pair) => pair.length === 1)) return lines;
  return Object.fromEntries(pairs.map(([name = '', upstream = name]) => [name, upstream]));
}

/** The lines of a text that hold something. */
export function readLines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
