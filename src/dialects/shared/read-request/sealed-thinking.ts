import type { ContentBlock } from '../../../core/message.ts';
import { isSealed } from '../../../core/opaque.ts';

/**
 * Thinking of an earlier turn, as the client gives it back: only with the sealed state that it got from us is it worth
 * anything to the model that did it; all else is left out, never shown to a model as text (P7, P85, P105).
 */
export function thinkingBlock(text: string, state: string | undefined): ContentBlock | undefined {
  if (state === undefined || !isSealed(state)) return undefined;
  return { type: 'thinking', thinking: text, signature: state };
}
