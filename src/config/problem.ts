import type * as z from 'zod';

/** Where a problem lies: keys and list positions from the root of the file. */
export type ConfigPath = readonly (string | number)[];

/** One fault of a config file; line and column count from 1. */
export type ConfigProblem = { file: string; line: number; column: number; path: string; message: string };

/** A config that may not be used, with every problem found; the message has one line for each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(problemLine).join('\n'));
    this.problems = problems;
  }
}

function problemLine({ file, line, column, path, message }: ConfigProblem): string {
  return `${file}:${line}:${column}: ${path === '' ? '' : `${path}: `}${message}`;
}

/** A path as it is shown: `channels[0].timeouts.connect`; names that hold dots or other marks are quoted in brackets. */
export function pathText(path: ConfigPath): string {
  return path
    .map((key, index) => {
      if (typeof key === 'number') return `[${key}]`;
      if (!/^[\w-]+$/.test(key)) return `[${JSON.stringify(key)}]`;
      return index === 0 ? key : `.${key}`;
    })
    .join('');
}

/** A problem before its place in the file is known. */
export type LoosePlace = { path: ConfigPath; message: string };

/** What the schema found wrong, in words for an operator; values are never repeated, since one may be a secret. */
export function schemaProblems(issues: readonly z.core.$ZodIssue[], above: ConfigPath = []): LoosePlace[] {
  return issues.flatMap((issue) => {
    const path = [...above, ...issue.path.map((key) => (typeof key === 'number' ? key : String(key)))];
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({ path: [...path, key], message: 'unknown key' }));
    }
    if (issue.code === 'invalid_union') return schemaProblems(closestBranch(issue.errors), path);
    if (issue.code === 'invalid_key') return issue.issues.map(({ message }) => ({ path, message }));
    return [{ path, message: issueText(issue) }];
  });
}

/** The branch of a union that the operator most likely meant: the one that did not stumble at its own root. */
function closestBranch(branches: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] {
  const deeper = branches.find((issues) =>
    issues.every((issue) => issue.code !== 'invalid_type' || issue.path.length > 0),
  );
  if (deeper !== undefined) return deeper;
  const kinds = branches
    .flat()
    .map((issue) => (issue.code === 'invalid_type' ? typeWord(issue.expected) : 'other value'));
  return [{ code: 'custom', path: [], message: `must be ${[...new Set(kinds)].join(' or ')}` }];
}

function issueText(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.message.endsWith('undefined') ? 'is required' : `must be ${typeWord(issue.expected)}`;
    case 'too_small':
      return issue.origin === 'array' ? `needs at least ${issue.minimum}` : `must be at least ${issue.minimum}`;
    case 'too_big':
      return issue.origin === 'string' ? issue.message : `must be at most ${issue.maximum}`;
    default:
      return issue.message;
  }
}

const TYPE_WORDS = new Map([
  ['string', 'a text'],
  ['number', 'a number'],
  ['int', 'a whole number'],
  ['array', 'a list'],
  ['object', 'a map'],
  ['record', 'a map'],
]);

function typeWord(expected: string): string {
  return TYPE_WORDS.get(expected) ?? expected;
}
