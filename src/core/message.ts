import type { Json, JsonObject } from './json.ts';

/**
 * The canonical request and answer: Anthropic Messages in our own types, wire names kept (`design.md` §4).
 * Unions are open: a block or tool of a type unknown here travels as data, never dropped.
 */

/** A role of a turn; `system` is legal in mid-conversation (`anthropic-surface.md` §4.2). */
export type Role = 'user' | 'assistant' | 'system';

/**
 * What only the OpenAI formats have, kept under `extra` of a canonical request, message, block or tool by its name in Chat
 * Completions (else in Responses), so that nothing is lost between the two (`design.md` §4, vocabulary law):
 *
 * | on | keys |
 * |---|---|
 * | request | `reasoning_effort`, `reasoning_summary`, `verbosity`, `seed`, `frequency_penalty`, `presence_penalty`, `logit_bias`, `logprobs`, `top_logprobs`, `n`, `prediction`, `prompt_cache_key`, `prompt_cache_retention`, `service_tier`, `metadata`, `user`, `safety_identifier`, `store`, `include`, `truncation`, `max_tool_calls`, `json_object: true`, `schema_name`, `schema_description`, `schema_strict` |
 * | message | `name`, `phase` |
 * | image block | `detail` |
 * | tool | `custom: {format?}` (free-form: its canonical form is a function with one string `input`), `namespace`, `name` (inside the namespace), `output_schema` |
 * | tool_use block | `custom: true`, `input_text` (arguments as they were written, P115) |
 * | tool_result block | `custom: true` |
 *
 * A Messages client's own field named `extra` never gets there: parsing for conversion takes it away.
 */
export type Extra = JsonObject;

/** A content block as the wire has it: its `type` decides which other fields it carries (`anthropic-surface.md` §5). */
export type ContentBlock = { type: string } & JsonObject;

/** One turn of the conversation. */
export type MessageParam = { role: Role; content: string | ContentBlock[] } & JsonObject;

/** A tool as declared by the caller: custom when `type` is absent, `null` or `custom` (`anthropic-surface.md` §6). */
export type Tool = JsonObject;

/** A parsed `POST /v1/messages` body; keys beyond those named here stay reachable as data. */
export type MessagesRequest = {
  model: string;
  /** Absent where the client's format lets the model decide. */
  max_tokens?: number;
  messages: MessageParam[];
  system?: string | ContentBlock[];
  stream?: boolean;
  stop_sequences?: string[];
  tools?: Tool[];
  tool_choice?: JsonObject;
  thinking?: JsonObject;
  metadata?: JsonObject;
  output_config?: JsonObject;
  extra?: Extra;
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
