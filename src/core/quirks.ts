/** How an upstream takes or gives the text of a model's reasoning in Chat Completions (`translation.md` §6). */
export type ReasoningField = 'reasoning_content' | 'reasoning' | 'reasoning_details' | 'thinking_parts';

/** Which earlier assistant messages must carry their reasoning again (`translation.md` §6, P38). */
export type ReasoningReplay = 'never' | 'tool_calls' | 'always';

/** The one knob by which an upstream is told how hard to think (`translation.md` §6, P39). */
export type EffortKnob =
  /** `reasoning_effort` in Chat, `reasoning.effort` in Responses. */
  | 'effort'
  /** `reasoning: {effort}` in Chat. */
  | 'reasoning_object'
  /** `enable_thinking: boolean`. */
  | 'enable_thinking'
  /** `thinking: {type: enabled | disabled}`. */
  | 'thinking_object'
  /** `thinking: {type: disabled}` for `none`, else `reasoning_effort`, never both; in Responses `reasoning.effort`. */
  | 'thinking_or_effort'
  /** `chat_template_kwargs: {enable_thinking: boolean}`. */
  | 'chat_template'
  | 'none';

/** What a tool call id must look like (`translation.md` §5). */
export type ToolIdForm = 'up_to_40' | 'up_to_64' | 'nine_alphanumerics';

/**
 * How an upstream differs from OpenAI's own API, as closed, documented flags; never guessed from an address
 * (`translation.md` §0.4). Each flag says what the upstream accepts; conversion keeps to it and reports what is lost.
 */
export type Quirks = {
  /** System text goes as role `developer`. */
  developerRole: boolean;
  /** A system message may stand behind other turns. */
  systemMidConversation: boolean;
  /** The content of system and user messages may be a list of parts, not only a string. */
  contentParts: boolean;
  /** The name of the output limit in Chat. */
  maxTokensField: 'max_completion_tokens' | 'max_tokens';
  /** The largest output limit the upstream takes; undefined: not known. */
  maxOutputTokens: number | undefined;
  /** `stream_options.include_usage` is accepted (P97). */
  streamOptions: boolean;
  /** `temperature` and `top_p` are accepted. */
  sampling: boolean;
  /** The vendor extension `top_k` is accepted. */
  topK: boolean;
  /** `seed` and the two penalties are accepted. */
  seedAndPenalties: boolean;
  /** Most entries of `stop`; 0: none. */
  stopSequences: number;
  /** Tools of the caller's own. */
  tools: boolean;
  /** `tool_choice: required` and a named tool are accepted. */
  forcedTools: boolean;
  /** The switch `parallel_tool_calls`. */
  parallelToolCalls: boolean;
  /** `strict` on tools (P96). */
  strictTools: boolean;
  /** Free-form (`custom`) tools. */
  customTools: boolean;
  /** What tool call ids must look like; others are replaced by their hash (P98). */
  toolIds: ToolIdForm;
  /** Images in user messages. */
  images: boolean;
  /** Images and files may be given by URL; otherwise they are fetched and inlined. */
  imageUrls: boolean;
  /** File parts (PDF). */
  files: boolean;
  /** `response_format` / `text.format` of type `json_schema`. */
  jsonSchema: boolean;
  /** `response_format` of type `json_object`. */
  jsonObject: boolean;
  /** How it is told how hard to think, if at all. */
  effortKnob: EffortKnob;
  /** The effort words it knows, weakest first; `none` where thinking can be switched off. */
  efforts: readonly string[];
  /** Where reasoning text is sent back; what comes is read from whichever field has it (P84). */
  reasoningField: ReasoningField;
  /** Which earlier assistant messages must carry their reasoning again (P38). */
  reasoningReplay: ReasoningReplay;
  /** Reasoning can come inside the text, between `<think>` tags. */
  thinkTags: boolean;
  /** `completion_tokens` leaves reasoning tokens out. */
  reasoningOutsideOutput: boolean;
  /** `cache_control` on content parts. */
  cacheControl: boolean;
  /** `prompt_cache_key`. */
  promptCacheKey: boolean;
  /** `user` or `safety_identifier`; undefined: neither. */
  userField: 'safety_identifier' | 'user' | undefined;
  /** `service_tier`. */
  serviceTier: boolean;
  /** `store` and `metadata`. */
  storeAndMetadata: boolean;
  /** `verbosity`. */
  verbosity: boolean;
  /** `logprobs`, `logit_bias`, `n`, `prediction`. */
  openAiExtras: boolean;
  /** Responses: `include: [reasoning.encrypted_content]`. */
  encryptedReasoning: boolean;
  /** What is done with a call whose client has gone. `drain`: read on, because the upstream bills it to the end anyway. */
  abort: 'cancel' | 'drain';
};

/** OpenAI's API as its reference describes it for a model that does not reason: the ground that every row starts from. */
export const OPENAI_QUIRKS: Quirks = {
  developerRole: false,
  systemMidConversation: true,
  contentParts: true,
  maxTokensField: 'max_completion_tokens',
  maxOutputTokens: undefined,
  streamOptions: true,
  sampling: true,
  topK: false,
  seedAndPenalties: true,
  stopSequences: 4,
  tools: true,
  forcedTools: true,
  parallelToolCalls: true,
  strictTools: true,
  customTools: true,
  toolIds: 'up_to_40',
  images: true,
  imageUrls: true,
  files: true,
  jsonSchema: true,
  jsonObject: true,
  effortKnob: 'none',
  efforts: [],
  reasoningField: 'reasoning_content',
  reasoningReplay: 'never',
  thinkTags: false,
  reasoningOutsideOutput: false,
  cacheControl: false,
  promptCacheKey: true,
  userField: 'safety_identifier',
  serviceTier: true,
  storeAndMetadata: true,
  verbosity: true,
  openAiExtras: true,
  encryptedReasoning: false,
  abort: 'cancel',
};
