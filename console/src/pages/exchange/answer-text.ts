/** The text of an answer, streamed or whole, in whatever format of the three; the answer as it is where none is found. */
export function answerText(raw: string): string {
  const events = raw
    .split('\n')
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice(5).trim());
  const documents = (events.length > 0 ? events : [raw]).map(parse).filter((value) => value !== undefined);
  const found = documents.map(textIn).join('');
  return found === '' ? raw : found;
}

function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}

const at = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** One event or one whole answer. */
function textIn(document: unknown): string {
  const delta = at(document, 'delta');
  if (typeof delta === 'string' && textOf(at(document, 'type')).endsWith('output_text.delta')) return delta;
  const choices = listOf(at(document, 'choices')).map(
    (choice) => textOf(at(at(choice, 'delta'), 'content')) || textOf(at(at(choice, 'message'), 'content')),
  );
  const blocks = listOf(at(document, 'content')).map((block) => textOf(at(block, 'text')));
  const outputs = listOf(at(document, 'output')).flatMap((item) =>
    listOf(at(item, 'content')).map((block) => textOf(at(block, 'text'))),
  );
  return [textOf(at(delta, 'text')), ...choices, ...blocks, ...outputs].join('');
}

/** A line of two texts: in both, or in one alone. */
export type DiffLine = { number: number; kind: 'same' | 'removed' | 'added'; text: string };

/** Lines beyond this are not compared one by one. */
const MOST_LINES = 600;

/** What differs between two texts, line by line: the longest common lines stay. */
export function diffLines(one: string, other: string): DiffLine[] {
  const [a, b] = [one.split('\n').slice(0, MOST_LINES), other.split('\n').slice(0, MOST_LINES)];
  const lengths = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  const lengthAt = (i: number, j: number) => lengths[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    const row = lengths[i];
    if (!row) continue;
    for (let j = b.length - 1; j >= 0; j--) {
      row[j] = a[i] === b[j] ? lengthAt(i + 1, j + 1) + 1 : Math.max(lengthAt(i + 1, j), lengthAt(i, j + 1));
    }
  }
  const lines: DiffLine[] = [];
  const add = (kind: DiffLine['kind'], text: string) => lines.push({ number: lines.length, kind, text });
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const [left, right] = [a[i], b[j]];
    if (left !== undefined && left === right) {
      add('same', left);
      i++;
      j++;
    } else if (left !== undefined && (right === undefined || lengthAt(i + 1, j) >= lengthAt(i, j + 1))) {
      add('removed', left);
      i++;
    } else if (right !== undefined) {
      add('added', right);
      j++;
    }
  }
  return lines;
}
