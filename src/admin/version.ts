import { createHash } from 'node:crypto';
import { AdminError } from './problem.ts';

/** The header that lets a change happen only to the version that its sender has seen. */
export const MATCH_HEADER = 'if-match';

/** The entity tag of what an endpoint is about, as it stands in the store; undefined when it is not there. */
export function tagOf(version: object | undefined): string | undefined {
  if (version === undefined) return undefined;
  return `"${createHash('sha256').update(JSON.stringify(version)).digest('base64url').slice(0, 22)}"`;
}

/**
 * A check that what is about to be changed is still what the sender has seen; undefined when they have not said what that is.
 * @param match the value of {@link MATCH_HEADER}: one or more entity tags, or `*` for any.
 */
export function checkOf(
  match: string | undefined,
  read: () => Promise<object | undefined>,
): (() => Promise<void>) | undefined {
  if (match === undefined) return undefined;
  const seen = match.split(',').map((tag) => tag.trim());
  return async () => {
    const tag = tagOf(await read());
    if (tag !== undefined && (seen.includes(tag) || seen.includes('*'))) return;
    throw new AdminError('precondition_failed');
  };
}
