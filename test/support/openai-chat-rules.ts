import * as z from 'zod';
import type { JsonObject } from '../../src/core/json.ts';
import { SEAL_TAG } from '../../src/core/opaque.ts';
import type { Quirks } from '../../src/core/quirks.ts';

/** What the real Chat Completions API, or a vendor's version of it, refuses (`translation.md` §1-§6), as one line. */
export function refusalOfChat(body: JsonObject, quirks: Quirks): string | undefined {
  const shape = chatSchema(quirks).safeParse(body);
  if (!shape.success) return describeIssue(shape.error);
  const text = JSON.stringify(body);
  if (!text.isWellFormed()) return 'body: lone surrogate';
  if (text.includes(SEAL_TAG)) return "body: holds a gateway's sealed state";
  return refusalOfOrder(shape.data, quirks) ?? refusalOfTools(shape.data, quirks);
}

/** The first thing that a schema holds against a body. */
export function describeIssue(error: z.ZodError): string {
  const [issue] = error.issues;
  return issue ? `${issue.path.join('.') || 'body'}: ${issue.message}` : 'body: refused';
}

/** Names of tools and output schemas. */
export const NAME = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/);

/** The schema of a tool's parameters, or of an output. */
export const OBJECT_SCHEMA = z.looseObject({ type: z.literal('object') });

const NEVER = z.never().optional();
const when = <Schema extends z.ZodType>(allowed: boolean, schema: Schema) => (allowed ? schema.optional() : NEVER);

function chatSchema(quirks: Quirks) {
  const cacheControl = when(quirks.cacheControl, z.looseObject({ type: z.literal('ephemeral') }));
  const text = z.strictObject({ type: z.literal('text'), text: z.string().min(1), cache_control: cacheControl });
  const imageUrl = quirks.imageUrls
    ? z.string().regex(/^(?:https?:\/\/|data:image\/(?:png|jpeg|gif|webp);base64,)/)
    : z.string().regex(/^data:image\/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+=*$/, 'must be a data URI');
  const image = z.strictObject({
    type: z.literal('image_url'),
    image_url: z.strictObject({ url: imageUrl, detail: z.enum(['auto', 'low', 'high', 'original']).optional() }),
    cache_control: cacheControl,
  });
  const file = z.strictObject({
    type: z.literal('file'),
    file: z.strictObject({ file_data: z.string().startsWith('data:application/pdf;base64,'), filename: z.string() }),
    cache_control: cacheControl,
  });
  const userParts = [text, ...(quirks.images ? [image] : []), ...(quirks.files ? [file] : [])];
  const parts = quirks.contentParts ? z.array(z.union(userParts)).min(1) : z.never();
  const textParts = quirks.contentParts ? z.array(text).min(1) : z.never();
  const system = z.strictObject({
    role: quirks.developerRole ? z.enum(['developer', 'system']) : z.literal('system'),
    content: z.union([z.string().min(1), textParts]),
    name: z.string().optional(),
  });
  const user = z.strictObject({
    role: z.literal('user'),
    content: z.union([z.string().min(1), parts]),
    name: z.string().optional(),
  });
  const tool = z.strictObject({
    role: z.literal('tool'),
    tool_call_id: toolId(quirks),
    content: z.union([z.string(), textParts]),
  });
  return z.strictObject({
    model: z.string().min(1),
    messages: z.array(z.union([system, user, assistantSchema(quirks, text), tool])).min(1),
    stream: z.boolean().optional(),
    stream_options: when(quirks.streamOptions, z.strictObject({ include_usage: z.boolean() })),
    max_completion_tokens: when(quirks.maxTokensField === 'max_completion_tokens', z.int().min(1)),
    max_tokens: when(quirks.maxTokensField === 'max_tokens', z.int().min(1)),
    temperature: when(quirks.sampling, z.number().min(0).max(2)),
    top_p: when(quirks.sampling, z.number().min(0).max(1)),
    top_k: when(quirks.topK, z.int().min(0)),
    seed: when(quirks.seedAndPenalties, z.int()),
    frequency_penalty: when(quirks.seedAndPenalties, z.number().min(-2).max(2)),
    presence_penalty: when(quirks.seedAndPenalties, z.number().min(-2).max(2)),
    stop: when(
      quirks.stopSequences > 0,
      z.union([z.string(), z.array(z.string().min(1)).min(1).max(Math.max(1, quirks.stopSequences))]),
    ),
    tools: when(quirks.tools, z.array(toolSchema(quirks)).min(1)),
    tool_choice: when(quirks.tools, toolChoiceSchema(quirks)),
    parallel_tool_calls: when(quirks.parallelToolCalls, z.boolean()),
    response_format: responseFormat(quirks).optional(),
    user: when(quirks.userField === 'user', z.string().max(512)),
    safety_identifier: when(quirks.userField === 'safety_identifier', z.string().max(64)),
    prompt_cache_key: when(quirks.promptCacheKey, z.string()),
    prompt_cache_retention: when(quirks.promptCacheKey, z.string()),
    service_tier: when(quirks.serviceTier, z.enum(['auto', 'default', 'flex', 'scale', 'priority'])),
    store: when(quirks.storeAndMetadata, z.boolean()),
    metadata: when(quirks.storeAndMetadata, z.record(z.string(), z.string())),
    verbosity: when(quirks.verbosity, z.enum(['low', 'medium', 'high'])),
    n: when(quirks.openAiExtras, z.int().min(1)),
    logprobs: when(quirks.openAiExtras, z.boolean()),
    top_logprobs: when(quirks.openAiExtras, z.int()),
    logit_bias: when(quirks.openAiExtras, z.record(z.string(), z.number())),
    prediction: when(quirks.openAiExtras, z.looseObject({})),
    web_search_options: when(quirks.openAiExtras, z.looseObject({})),
    ...effortFields(quirks),
  });
}

type ChatBody = z.output<ReturnType<typeof chatSchema>>;

function assistantSchema(quirks: Quirks, text: z.ZodType) {
  const id = toolId(quirks);
  const call = z.strictObject({
    id,
    type: z.literal('function'),
    function: z.strictObject({ name: NAME, arguments: z.string().refine(isJsonObjectText, 'is not a JSON object') }),
  });
  const custom = z.strictObject({
    id,
    type: z.literal('custom'),
    custom: z.strictObject({ name: NAME, input: z.string() }),
  });
  const replays = quirks.reasoningReplay !== 'never';
  const thinkingPart = z.looseObject({ type: z.literal('thinking') });
  const parts = quirks.reasoningField === 'thinking_parts' ? z.array(z.union([text, thinkingPart])).min(1) : z.never();
  return z.strictObject({
    role: z.literal('assistant'),
    content: z.union([z.string().min(1), parts]).nullish(),
    tool_calls: z
      .array(quirks.customTools ? z.union([call, custom]) : call)
      .min(1)
      .optional(),
    reasoning_content: when(replays && quirks.reasoningField === 'reasoning_content', z.string()),
    reasoning: when(replays && quirks.reasoningField === 'reasoning', z.string()),
    reasoning_details: when(replays && quirks.reasoningField === 'reasoning_details', z.array(z.looseObject({}))),
    name: z.string().optional(),
    refusal: z.string().optional(),
  });
}

function toolSchema(quirks: Quirks) {
  const definition = z.strictObject({
    name: NAME,
    description: z.string().optional(),
    parameters: OBJECT_SCHEMA,
    strict: when(quirks.strictTools, z.boolean()),
  });
  const cacheControl = when(quirks.cacheControl, z.looseObject({}));
  const ordinary = z.strictObject({ type: z.literal('function'), function: definition, cache_control: cacheControl });
  const custom = z.strictObject({ type: z.literal('custom'), custom: z.looseObject({ name: NAME }) });
  return quirks.customTools ? z.union([ordinary, custom]) : ordinary;
}

function toolChoiceSchema(quirks: Quirks) {
  const named = z.strictObject({ type: z.literal('function'), function: z.strictObject({ name: NAME }) });
  const namedCustom = z.strictObject({ type: z.literal('custom'), custom: z.strictObject({ name: NAME }) });
  return quirks.forcedTools
    ? z.union([z.enum(['auto', 'none', 'required']), named, namedCustom])
    : z.enum(['auto', 'none']);
}

function responseFormat(quirks: Quirks) {
  const schema = z.strictObject({
    type: z.literal('json_schema'),
    json_schema: z.strictObject({
      name: NAME,
      description: z.string().optional(),
      schema: OBJECT_SCHEMA,
      strict: z.boolean().optional(),
    }),
  });
  const kinds = [
    z.strictObject({ type: z.literal('text') }),
    ...(quirks.jsonSchema ? [schema] : []),
    ...(quirks.jsonObject ? [z.strictObject({ type: z.literal('json_object') })] : []),
  ];
  return z.union(kinds);
}

/** One knob per vendor; every other one is an unknown field (P39). */
function effortFields({ effortKnob, efforts }: Quirks) {
  const effort = z.string().refine((word) => efforts.includes(word), `is not one of ${efforts.join(', ')}`);
  const kind = z.looseObject({ type: z.enum(['enabled', 'disabled']) });
  return {
    reasoning_effort: when(effortKnob === 'effort' || effortKnob === 'thinking_or_effort', effort),
    reasoning: when(effortKnob === 'reasoning_object', z.looseObject({ effort: effort.optional() })),
    enable_thinking: when(effortKnob === 'enable_thinking', z.boolean()),
    thinking: when(effortKnob === 'thinking_object' || effortKnob === 'thinking_or_effort', kind),
    chat_template_kwargs: when(effortKnob === 'chat_template', z.looseObject({ enable_thinking: z.boolean() })),
  };
}

function toolId({ toolIds }: Quirks) {
  const forms = {
    up_to_40: z.string().min(1).max(40),
    up_to_64: z.string().min(1).max(64),
    nine_alphanumerics: z.string().regex(/^[a-zA-Z0-9]{9}$/),
  };
  return forms[toolIds];
}

/** Every tool call is answered by tool messages right behind it, and no tool message stands alone (P112). */
function refusalOfOrder({ messages }: ChatBody, quirks: Quirks): string | undefined {
  let open = new Set<string>();
  for (const [index, message] of messages.entries()) {
    if (message.role === 'tool') {
      if (!open.delete(message.tool_call_id)) return `messages.${index}: tool message without a preceding call`;
      continue;
    }
    if (open.size > 0) return `messages.${index}: calls ${[...open].join(', ')} have no tool message`;
    if (message.role === 'assistant') {
      const calls = message.tool_calls ?? [];
      if (calls.length === 0 && (message.content ?? '') === '') return `messages.${index}: neither content nor calls`;
      open = new Set(calls.map(({ id }) => id));
      if (open.size !== calls.length) return `messages.${index}: repeated call id`;
      if (quirks.reasoningReplay !== 'never' && quirks.reasoningField === 'reasoning_content') {
        const mustReplay = quirks.reasoningReplay === 'always' || calls.length > 0;
        if (mustReplay && message.reasoning_content === undefined)
          return `messages.${index}: reasoning_content missing`;
      }
    }
    const isSystem = message.role === 'system' || message.role === 'developer';
    const isLeading = messages.slice(0, index).every(({ role }) => role === 'system' || role === 'developer');
    if (isSystem && !isLeading && !quirks.systemMidConversation) return `messages.${index}: system message not first`;
  }
  return open.size > 0 ? `messages: calls ${[...open].join(', ')} have no tool message` : undefined;
}

function refusalOfTools({ tools, tool_choice, parallel_tool_calls, stream, stream_options }: ChatBody, quirks: Quirks) {
  if (tools === undefined && tool_choice !== undefined) return 'tool_choice: only with tools';
  if (tools === undefined && parallel_tool_calls !== undefined) return 'parallel_tool_calls: only with tools';
  if (stream_options !== undefined && stream !== true) return 'stream_options: only with stream';
  if (stream === true && quirks.streamOptions && stream_options?.include_usage !== true) return 'no usage asked for';
  return undefined;
}

function isJsonObjectText(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
