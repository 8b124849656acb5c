import type { Json } from '../../../core/json.ts';
import { EFFORT_LEVELS } from '../../../core/model.ts';
import { asString, refuse } from '../fields.ts';
import type { RequestDraft } from './request-draft.ts';

/** OpenAI's words for effort, weakest first; `none` switches thinking off. */
const EFFORT_WORDS = ['none', 'minimal', ...EFFORT_LEVELS];

/**
 * Takes OpenAI's effort: the nearest canonical level, or thinking switched off, and the word itself for upstreams that know
 * it (`translation.md` §6). Of two efforts in one request the first one counts.
 * @throws GatewayError `invalid_request` for a word that OpenAI does not know.
 */
export function readEffort(value: Json, draft: RequestDraft, field: string): void {
  const word = asString(value, field);
  if (!EFFORT_WORDS.includes(word)) refuse(field, `Must be one of ${EFFORT_WORDS.join(', ')}`);
  if (draft.extra['reasoning_effort'] !== undefined) return;
  draft.extra['reasoning_effort'] = word;
  if (word === 'none') draft.request.thinking = { type: 'disabled' };
  else draft.request.output_config = { ...draft.request.output_config, effort: word === 'minimal' ? 'low' : word };
}
