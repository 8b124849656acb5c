import * as z from 'zod';
import type { JsonObject } from '../../src/core/json.ts';
import { SEAL_TAG } from '../../src/core/opaque.ts';
import type { Quirks } from '../../src/core/quirks.ts';
import { describeIssue, NAME, OBJECT_SCHEMA } from './openai-chat-rules.ts';

/** What the real Responses API refuses (`translation.md` §1-§6), as one line. */
export function refusalOfResponses(body: JsonObject, quirks: Quirks): string | undefined {
  const shape = bodySchema(quirks).safeParse(body);
  if (!shape.success) return describeIssue(shape.error);
  const text = JSON.stringify(body);
  if (!text.isWellFormed()) return 'body: lone surrogate';
  if (text.includes(SEAL_TAG)) return "body: holds a gateway's sealed state";
  const { input, tools, tool_choice, parallel_tool_calls } = shape.data;
  if (tools === undefined && tool_choice !== undefined) return 'tool_choice: only with tools';
  if (tools === undefined && parallel_tool_calls !== undefined) return 'parallel_tool_calls: only with tools';
  return typeof input === 'string' ? undefined : refusalOfItems(input);
}

const CALL_ID = z.string().min(1).max(64);
const INPUT_TEXT = z.strictObject({ type: z.literal('input_text'), text: z.string() });
const INPUT_IMAGE = z.strictObject({
  type: z.literal('input_image'),
  image_url: z.string().regex(/^(?:https?:\/\/|data:image\/)/),
  detail: z.enum(['auto', 'low', 'high', 'original']).optional(),
});
const INPUT_FILE = z.strictObject({
  type: z.literal('input_file'),
  file_data: z.string().startsWith('data:').optional(),
  file_url: z.url().optional(),
  filename: z.string().optional(),
});
const INPUT_PARTS = z.array(z.union([INPUT_TEXT, INPUT_IMAGE, INPUT_FILE])).min(1);
const OUTPUT_TEXT = z.strictObject({
  type: z.literal('output_text'),
  text: z.string(),
  annotations: z.array(z.looseObject({})).optional(),
  logprobs: z.array(z.looseObject({})).optional(),
});
const REFUSAL = z.strictObject({ type: z.literal('refusal'), refusal: z.string() });

const INPUT_MESSAGE = z.strictObject({
  type: z.literal('message').optional(),
  role: z.enum(['user', 'system', 'developer']),
  content: z.union([z.string().min(1), INPUT_PARTS]),
});
const OUTPUT_MESSAGE = z.strictObject({
  type: z.literal('message').optional(),
  role: z.literal('assistant'),
  id: z.string().startsWith('msg_').optional(),
  status: z.enum(['in_progress', 'completed', 'incomplete']).optional(),
  phase: z.string().optional(),
  content: z.union([z.string().min(1), z.array(z.union([OUTPUT_TEXT, REFUSAL])).min(1)]),
});
const FUNCTION_CALL = z.strictObject({
  type: z.literal('function_call'),
  id: z.string().startsWith('fc_').optional(),
  call_id: CALL_ID,
  name: NAME,
  namespace: z.string().optional(),
  arguments: z.string(),
  status: z.string().optional(),
});
const CALL_OUTPUT = z.strictObject({
  type: z.enum(['function_call_output', 'custom_tool_call_output']),
  call_id: CALL_ID,
  output: z.union([z.string(), INPUT_PARTS]),
});
const CUSTOM_CALL = z.strictObject({
  type: z.literal('custom_tool_call'),
  id: z.string().startsWith('ctc_').optional(),
  call_id: CALL_ID,
  name: NAME,
  namespace: z.string().optional(),
  input: z.string(),
});
const REASONING = z.strictObject({
  type: z.literal('reasoning'),
  id: z.string().startsWith('rs_'),
  summary: z.array(z.strictObject({ type: z.literal('summary_text'), text: z.string() })),
  encrypted_content: z.string().min(1),
  content: z.array(z.looseObject({})).optional(),
});
const ITEM = z.union([INPUT_MESSAGE, OUTPUT_MESSAGE, FUNCTION_CALL, CALL_OUTPUT, CUSTOM_CALL, REASONING]);
type Item = z.output<typeof ITEM>;

const NEVER = z.never().optional();

function bodySchema(quirks: Quirks) {
  const functionTool = z.strictObject({
    type: z.literal('function'),
    name: NAME,
    description: z.string().optional(),
    parameters: OBJECT_SCHEMA,
    // True when left out: whoever converts must say it (P124).
    strict: z.boolean(),
  });
  const customTool = z.looseObject({ type: z.literal('custom'), name: NAME });
  const searchTool = z.looseObject({ type: z.enum(['web_search', 'web_search_preview']) });
  const choice = z.union([z.enum(['auto', 'none', 'required']), z.looseObject({ type: z.string() })]);
  const format = z.union([
    z.strictObject({ type: z.literal('text') }),
    z.strictObject({ type: z.literal('json_object') }),
    z.strictObject({
      type: z.literal('json_schema'),
      name: NAME,
      description: z.string().optional(),
      schema: OBJECT_SCHEMA,
      strict: z.boolean().optional(),
    }),
  ]);
  const effort = z.string().refine((word) => quirks.efforts.includes(word), 'is no effort of this model');
  return z.strictObject({
    model: z.string().min(1),
    input: z.union([z.string().min(1), z.array(ITEM).min(1)]),
    instructions: z.string().optional(),
    stream: z.boolean().optional(),
    store: z.literal(false),
    include: z.array(z.literal('reasoning.encrypted_content')).min(1).optional(),
    max_output_tokens: z.int().min(16).optional(),
    temperature: quirks.sampling ? z.number().min(0).max(2).optional() : NEVER,
    top_p: quirks.sampling ? z.number().min(0).max(1).optional() : NEVER,
    tools: z
      .array(z.union([functionTool, customTool, searchTool]))
      .min(1)
      .optional(),
    tool_choice: choice.optional(),
    parallel_tool_calls: z.boolean().optional(),
    max_tool_calls: z.int().optional(),
    text: z
      .strictObject({ format: format.optional(), verbosity: z.enum(['low', 'medium', 'high']).optional() })
      .optional(),
    reasoning: z
      .strictObject({ effort: effort.optional(), summary: z.enum(['auto', 'concise', 'detailed']).optional() })
      .optional(),
    user: z.string().max(512).optional(),
    safety_identifier: z.string().max(64).optional(),
    prompt_cache_key: z.string().max(64).optional(),
    prompt_cache_retention: z.string().optional(),
    service_tier: z.enum(['auto', 'default', 'flex', 'scale', 'priority']).optional(),
    metadata: z.record(z.string(), z.string()).optional(),
    truncation: z.enum(['auto', 'disabled']).optional(),
    top_logprobs: z.int().optional(),
  });
}

/** Calls and outputs come in pairs; a reasoning item stands right before what came of it (P99). */
function refusalOfItems(items: readonly Item[]): string | undefined {
  const open = new Set<string>();
  const seen = new Set<string>();
  for (const [index, item] of items.entries()) {
    if (!('type' in item) || item.type === undefined || item.type === 'message') continue;
    if (item.type === 'function_call' || item.type === 'custom_tool_call') {
      if (seen.has(item.call_id)) return `input.${index}: repeated call_id`;
      open.add(item.call_id);
      seen.add(item.call_id);
    }
    if (item.type === 'function_call_output' || item.type === 'custom_tool_call_output') {
      if (!open.delete(item.call_id)) return `input.${index}: no tool call found for call_id ${item.call_id}`;
    }
    if (item.type === 'reasoning' && !followsUp(items[index + 1])) {
      return `input.${index}: reasoning item provided without its required following item`;
    }
  }
  return open.size > 0 ? `input: no output for ${[...open].join(', ')}` : undefined;
}

function followsUp(next: Item | undefined): boolean {
  if (!next) return false;
  if ('role' in next) return next.role === 'assistant';
  return next.type === 'reasoning' || next.type === 'function_call' || next.type === 'custom_tool_call';
}
