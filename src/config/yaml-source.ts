import {
  type Document,
  isCollection,
  isNode,
  isPair,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml';
import { expandVariables, type Variables } from './expand.ts';
import { ConfigError, type ConfigPath, type ConfigProblem, type LoosePlace, pathText } from './problem.ts';

/** YAML takes a bare `{` inside braces for the start of a map. */
const UNQUOTED_REFERENCE = `inside { } or [ ] a reference must stand in quotes: "$\{NAME}"`;

/** A parsed YAML file that still knows where each value stood. */
export type YamlSource = {
  /** The whole content, with variables expanded. */
  value: unknown;
  /** Gives each problem the place of its value; that of the nearest value above it where it is missing. */
  locate(problems: readonly LoosePlace[]): ConfigProblem[];
};

/**
 * Reads YAML and expands `${NAME}` in its string values (not in keys).
 * @throws ConfigError for bad syntax, repeated keys, unknown tags and variables that are not set.
 */
export function readYaml(file: string, text: string, variables: Variables): YamlSource {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const at = (offset: number, path: ConfigPath, message: string): ConfigProblem => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1), path: pathText(path), message };
  };
  // The first fault alone: what follows it is mostly its echo.
  const [fault] = [...document.errors, ...document.warnings];
  if (fault !== undefined) {
    const [offset] = fault.pos;
    const message = text.slice(offset - 1, offset + 1) === `$\{` ? UNQUOTED_REFERENCE : firstLine(fault.message);
    throw new ConfigError([at(offset, pathAt(document.contents, offset), message)]);
  }
  const problems = expandScalars(document, variables).map(({ offset, message }) =>
    at(offset, pathAt(document.contents, offset), message),
  );
  if (problems.length > 0) throw new ConfigError(problems);
  return {
    value: plainValue(document, (message) => new ConfigError([at(0, [], message)])),
    locate: (loose) => loose.map(({ path, message }) => at(offsetOf(document.contents, path), path, message)),
  };
}

/** The document as plain data. @throws what `refuse` makes when its aliases multiply without end. */
function plainValue(document: Document.Parsed, refuse: (message: string) => ConfigError): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw refuse(error instanceof Error ? firstLine(error.message) : 'cannot be read');
  }
}

function expandScalars(document: Document.Parsed, variables: Variables): { offset: number; message: string }[] {
  const problems: { offset: number; message: string }[] = [];
  visit(document, {
    Pair(_, pair) {
      const key = isScalar(pair.key) ? pair.key : undefined;
      if (key === undefined || key.value === '__proto__') {
        const offset = isNode(pair.key) ? startOf(pair.key) : 0;
        problems.push({ offset, message: 'this cannot be a key' });
      }
    },
    Scalar(role, scalar) {
      if (role === 'key') return;
      if (typeof scalar.value === 'object' && scalar.value !== null) {
        problems.push({ offset: startOf(scalar), message: 'must be a text, a number or a plain value' });
      }
      if (typeof scalar.value !== 'string') return;
      const expansion = expandVariables(scalar.value, variables);
      if ('problem' in expansion) problems.push({ offset: startOf(scalar), message: expansion.problem });
      else scalar.value = expansion.text;
    },
  });
  return problems;
}

function startOf(node: Node): number {
  return node.range?.[0] ?? 0;
}

/** Where the value at a path begins; for a key of a map, where the key stands. */
function offsetOf(root: Node | null, path: ConfigPath): number {
  let node: unknown = root;
  let offset = 0;
  for (const step of path) {
    const child = childOf(node, step);
    if (child === undefined) break;
    node = child.value;
    offset = child.offset;
  }
  return offset;
}

function childOf(node: unknown, step: string | number): { value: unknown; offset: number } | undefined {
  if (!isCollection(node)) return undefined;
  for (const [index, item] of node.items.entries()) {
    if (isPair(item)) {
      if (!isScalar(item.key) || String(item.key.value) !== String(step)) continue;
      return { value: item.value, offset: startOf(item.key) };
    }
    if (index === step && isNode(item)) return { value: item, offset: startOf(item) };
  }
  return undefined;
}

/** The path of the innermost value that spans an offset of the file. */
function pathAt(node: unknown, offset: number): (string | number)[] {
  if (!isCollection(node)) return [];
  for (const [index, item] of node.items.entries()) {
    const [step, value, start] = isPair(item)
      ? [isScalar(item.key) ? String(item.key.value) : undefined, item.value, isNode(item.key) ? startOf(item.key) : 0]
      : [index, item, isNode(item) ? startOf(item) : 0];
    const end = isNode(value) ? (value.range?.[1] ?? start) : start;
    if (offset < start || offset > Math.max(start, end)) continue;
    return step === undefined ? [] : [step, ...pathAt(value, offset)];
  }
  return [];
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0] ?? message;
}
