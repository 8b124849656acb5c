/**
 * What the pieces of a text lack when the upstream says the whole at last: all of it when none came (P3). Where the two
 * contradict each other, what has been shown stays.
 */
export function missingText(shown: string, whole: string): string {
  return whole.startsWith(shown) ? whole.slice(shown.length) : '';
}
