/** Why an upstream says that its answer ended. */
export type Ending = 'end' | 'cut' | 'calls' | 'filtered' | 'unknown';

/**
 * The canonical stop reason. Calls outweigh a plain end, whatever the upstream says of it (P43, P82), and no call means that
 * there is nothing to run (`translation.md` §8).
 * @param ending undefined when the upstream gave none.
 */
export function stopReasonOf(ending: Ending | undefined, hasTools: boolean, hasRefused: boolean): string {
  if (ending === 'cut') return 'max_tokens';
  if (ending === 'filtered') return 'refusal';
  if (hasTools) return 'tool_use';
  return hasRefused ? 'refusal' : 'end_turn';
}
