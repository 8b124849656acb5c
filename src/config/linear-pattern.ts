import { setFlagsFromString } from 'node:v8';

/**
 * A pattern that is matched in time linear in the text, whatever both are: V8's engine without backtracking runs it, and refuses
 * what it cannot run so (`docs/decisions/0010-linear-patterns.md`).
 * @throws SyntaxError when it is no pattern, or none of these.
 */
export function compileLinearPattern(pattern: string): RegExp {
  setFlagsFromString('--enable-experimental-regexp-engine');
  return new RegExp(pattern, 'lg');
}

/** What is wrong with a pattern, for its author; undefined when {@link compileLinearPattern} takes it. */
export function linearPatternProblem(pattern: string): string | undefined {
  try {
    compileLinearPattern(pattern);
    return undefined;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (!reason.includes('linear time')) return `is no pattern: ${reason}`;
    return 'cannot be matched in linear time: no look-around, no back-references, no counts above 16 (repeat them instead)';
  }
}
