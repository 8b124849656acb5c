import type { JsonObject } from './json.ts';

/**
 * A request in what every model API can say: closed types, all names and ids already those of the target. The OpenAI
 * formats are written from this; the canonical request, with all that only Anthropic knows, is reduced to it first.
 */
export type PlainRequest = {
  /** The upstream's name of the model. */
  model: string;
  stream: boolean;
  maxTokens: number | undefined;
  system: PlainText[];
  turns: PlainTurn[];
  tools: PlainTool[];
  toolChoice: PlainToolChoice | undefined;
  /** False: at most one tool call per turn. */
  parallelToolCalls: boolean | undefined;
  stopSequences: string[];
  temperature: number | undefined;
  topP: number | undefined;
  topK: number | undefined;
  /** A word of the target's own list (`Quirks.efforts`); undefined: not said. */
  effort: string | undefined;
  output: PlainOutput | undefined;
  /** At most 64 characters. */
  userId: string | undefined;
  serviceTier: string | undefined;
  /** What only the OpenAI formats have, by its name in Chat Completions; `RequestExtra` lists it. */
  extra: JsonObject;
};

/** One turn; system turns stand only where the target takes them. */
export type PlainTurn =
  | { role: 'system'; content: PlainText[] }
  | { role: 'user'; content: PlainUserBlock[]; name?: string }
  | { role: 'assistant'; content: PlainAssistantBlock[]; phase?: string };

/** What a user turn holds; tool results come first. */
export type PlainUserBlock = PlainToolResult | PlainMedia;

/** What an assistant turn holds, in the order in which it was said. */
export type PlainAssistantBlock = PlainText | PlainThinking | PlainToolUse;

/** Text or a file. */
export type PlainMedia = PlainText | PlainImage | PlainDocument;

/** Text; `cacheControl` only where the target takes it. */
export type PlainText = { type: 'text'; text: string; cacheControl?: JsonObject };

/** Where a file's bytes are. */
export type MediaSource = { kind: 'base64'; mediaType: string; data: string } | { kind: 'url'; url: string };

/** An image. */
export type PlainImage = { type: 'image'; source: MediaSource; detail?: string; cacheControl?: JsonObject };

/** A PDF. */
export type PlainDocument = { type: 'document'; source: MediaSource; filename?: string; cacheControl?: JsonObject };

/** Reasoning of an earlier turn; `state` is what this very provider gave to be given back. */
export type PlainThinking = { type: 'thinking'; text: string; state?: JsonObject };

/** A tool call of an earlier turn. */
export type PlainToolUse = {
  type: 'tool_use';
  id: string;
  name: string;
  /** The arguments as JSON text, its numbers as they were written (P115); of a free-form tool, its input. */
  input: string;
  isFreeForm: boolean;
};

/** What a tool answered. */
export type PlainToolResult = {
  type: 'tool_result';
  toolUseId: string;
  content: PlainMedia[];
  /** The call was one of a free-form tool. */
  isFreeForm: boolean;
};

/** A tool the model may call. */
export type PlainTool =
  | {
      kind: 'function';
      name: string;
      description: string | undefined;
      /** The JSON Schema as the caller wrote it (P68). */
      parameters: JsonObject;
      strict: boolean | undefined;
      cacheControl?: JsonObject;
    }
  | { kind: 'free_form'; name: string; description: string | undefined; format: JsonObject | undefined }
  /** A server-side web search, where the target has one. */
  | { kind: 'web_search'; settings: JsonObject };

/** How the model may choose among its tools. */
export type PlainToolChoice = { type: 'auto' } | { type: 'any' } | { type: 'none' } | { type: 'tool'; name: string };

/** The form the answer must have. */
export type PlainOutput =
  | { type: 'json_schema'; schema: JsonObject; name: string; description: string | undefined; strict: boolean }
  | { type: 'json_object' };
