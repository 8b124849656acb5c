import { objectAt } from '../../core/json.ts';
import type { ContentBlock, MessagesRequest } from '../../core/message.ts';

/** Whether the client asked to see no thinking: it then gets the signature only (`anthropic-surface.md` §4.3). */
export function hidesThinking(request: MessagesRequest): boolean {
  return objectAt(request, 'thinking')?.['display'] === 'omitted';
}

/** A block as Messages clients see it: nothing that only the OpenAI formats know, and no thinking that was not asked for. */
export function shownBlock(block: ContentBlock, request: MessagesRequest): ContentBlock {
  const { extra: _openAiOnly, ...shown } = block;
  return shown.type === 'thinking' && hidesThinking(request) ? { ...shown, thinking: '' } : shown;
}
