import type { Dialect, DialectId } from '../core/dialect.ts';
import { ANTHROPIC_MESSAGES } from './anthropic-messages/index.ts';
import { OPENAI_CHAT } from './openai-chat/index.ts';
import { OPENAI_RESPONSES } from './openai-responses/index.ts';

/** Every dialect by its id. */
export const DIALECTS: Readonly<Record<DialectId, Dialect>> = {
  'anthropic-messages': ANTHROPIC_MESSAGES,
  'openai-chat': OPENAI_CHAT,
  'openai-responses': OPENAI_RESPONSES,
};

/** Whether a text names a dialect. */
export function isDialectId(id: string): id is DialectId {
  return Object.hasOwn(DIALECTS, id);
}
