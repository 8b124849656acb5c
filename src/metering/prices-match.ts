import type { MatchLogic, ModelInfo } from '@pydantic/genai-prices';

/**
 * What may follow a listed name without making it another model: a release date, `latest`, or a revision, in the ways that
 * vendors write them (`-20240229`, `@20240229`, `-2024-08-06`, `-latest`, `-v1:0`).
 */
const RELEASE_SUFFIX = /(?:[-@]\d{8}|-\d{4}-\d{2}-\d{2}|[-@]latest|-v\d+(?::\d+)?)+$/;

/**
 * True when the catalogue really lists this model. The catalogue matches by prefix, and so takes `claude-sonnet-5-5` for
 * `claude-sonnet-5`: a sibling's price is a wrong bill, so such a match does not count and the model is unpriced. Counted are
 * the entry's id, the literals of its rules, a fully anchored pattern, and any of these with a release suffix.
 */
export function isListed(name: string, entry: Pick<ModelInfo, 'id' | 'match'>): boolean {
  const bare = withoutRelease(name);
  const literals = [entry.id, ...literalsOf(entry.match)];
  if (literals.some((literal) => literal === name || withoutRelease(literal) === bare)) return true;
  return patternsOf(entry.match).some((pattern) => isAnchored(pattern) && new RegExp(pattern).test(name));
}

function withoutRelease(name: string): string {
  return name.replace(RELEASE_SUFFIX, '');
}

function isAnchored(pattern: string): boolean {
  return pattern.startsWith('^') && pattern.endsWith('$');
}

function literalsOf(match: MatchLogic): string[] {
  if ('or' in match) return match.or.flatMap(literalsOf);
  if ('equals' in match) return [match.equals];
  if ('starts_with' in match) return [match.starts_with];
  return [];
}

function patternsOf(match: MatchLogic): string[] {
  if ('or' in match) return match.or.flatMap(patternsOf);
  if ('regex' in match) return [match.regex];
  return [];
}
