import type { ErrorKind } from '../../core/error.ts';
import type { Ending } from '../shared/read-answer/stop-reason.ts';

/** What a `finish_reason` says: why the answer ended, or that it failed. */
export type Finish = { kind: Ending } | { kind: 'failed'; error: ErrorKind };

/** The words of OpenAI and of those who imitate it, in lower case (`translation.md` §8, P26, P92). */
export const FINISHES: ReadonlyMap<string, Finish> = new Map<string, Finish>([
  ['stop', { kind: 'end' }],
  ['end', { kind: 'end' }],
  ['eos', { kind: 'end' }],
  ['eos_token', { kind: 'end' }],
  ['end_turn', { kind: 'end' }],
  ['stop_sequence', { kind: 'end' }],
  ['length', { kind: 'cut' }],
  ['max_tokens', { kind: 'cut' }],
  ['model_length', { kind: 'cut' }],
  ['tool_calls', { kind: 'calls' }],
  ['tool_call', { kind: 'calls' }],
  ['tool_use', { kind: 'calls' }],
  ['function_call', { kind: 'calls' }],
  ['content_filter', { kind: 'filtered' }],
  ['refusal', { kind: 'filtered' }],
  ['safety', { kind: 'filtered' }],
  ['sensitive', { kind: 'filtered' }],
  ['error', { kind: 'failed', error: 'upstream_error' }],
  ['network_error', { kind: 'failed', error: 'upstream_error' }],
  ['abort', { kind: 'failed', error: 'upstream_error' }],
  ['insufficient_system_resource', { kind: 'failed', error: 'overloaded' }],
]);

/** What a word of the upstream means; one that is not known ends the answer like any other (P92). */
export function readFinish(word: string): Finish {
  return FINISHES.get(word.toLowerCase()) ?? { kind: 'unknown' };
}
