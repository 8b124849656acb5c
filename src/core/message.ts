import type { Json, JsonObject } from './json.ts';

/**
 * The canonical request and answer: Anthropic Messages in our own types, wire names kept (`design.md` §4).
 * Unions are open: a block or tool of a type unknown here travels as data, never dropped.
 */

/** A role of a turn; `system` is legal in mid-conversation (`anthropic-surface.md` §4.2). */
export type Role = 'user' | 'assistant' | 'system';

/** A content block as the wire has it: its `type` decides which other fields it carries (`anthropic-surface.md` §5). */
export type ContentBlock = { type: string } & JsonObject;

/** One turn of the conversation. */
export type MessageParam = { role: Role; content: string | ContentBlock[] } & JsonObject;

/** A tool as declared by the caller: custom when `type` is absent, `null` or `custom` (`anthropic-surface.md` §6). */
export type Tool = JsonObject;

/** A parsed `POST /v1/messages` body; keys beyond those named here stay reachable as data. */
export type MessagesRequest = {
  model: string;
  max_tokens: number;
  messages: MessageParam[];
  system?: string | ContentBlock[];
  stream?: boolean;
  stop_sequences?: string[];
  tools?: Tool[];
  tool_choice?: JsonObject;
  thinking?: JsonObject;
  metadata?: JsonObject;
  temperature?: number;
  top_p?: number;
  top_k?: number;
} & JsonObject;

/** Why the model stopped; open, since new values may appear within an API version. */
export type StopReason = string;

/** The answer of `POST /v1/messages`, and what a folded stream gives. */
export type Message = {
  id: string;
  type: 'message';
  role: 'assistant';
  model: string;
  content: ContentBlock[];
  stop_reason: StopReason | null;
  stop_sequence: string | null;
  usage: JsonObject;
  [extra: string]: Json;
};
