import type { DialectId } from '../../../core/dialect.ts';
import type { Quirks } from '../../../core/quirks.ts';
import { ChatGrammar } from './chat.ts';
import { MessagesGrammar } from './messages.ts';
import type { Grammar } from './reading.ts';
import { ResponsesGrammar } from './responses.ts';

/** The grammar of each dialect's streams, by what the upstream was asked for. */
const GRAMMARS: Record<DialectId, (quirks: Quirks) => Grammar> = {
  'anthropic-messages': () => new MessagesGrammar(),
  'openai-chat': ({ streamOptions }) => new ChatGrammar(streamOptions),
  'openai-responses': () => new ResponsesGrammar(),
};

/** A grammar for one stream. */
export function createGrammar(dialect: DialectId, quirks: Quirks): Grammar {
  return GRAMMARS[dialect](quirks);
}
