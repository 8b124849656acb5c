import type { CodecTools, Operation, ParsedRequest } from '../../core/dialect.ts';
import { isJsonObject, type Json, type JsonObject, objectAt } from '../../core/json.ts';
import type { Loss } from '../../core/loss.ts';
import type { MessagesRequest } from '../../core/message.ts';
import { refuse } from '../shared/fields.ts';
import { type Check, checkBoolean, checkCount, checkObject, checkString, fields, listOf } from './field-checks.ts';
import { blocksWithoutExtra, checkContent } from './parse-blocks.ts';

/** The fields of the API (`anthropic-surface.md` §4): what has no counterpart elsewhere, the target's formatter reports. */
export const KNOWN_FIELDS: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'max_tokens',
  'system',
  'stream',
  'stop_sequences',
  'tools',
  'tool_choice',
  'thinking',
  'output_config',
  'output_format',
  'cache_control',
  'container',
  'metadata',
  'service_tier',
  'speed',
  'inference_geo',
  'diagnostics',
  'temperature',
  'top_p',
  'top_k',
  'context_management',
  'compaction',
  'mcp_servers',
  'fallbacks',
  'fallback_credit_token',
  'thread',
  'safeguards',
  'billing_policy',
]);

/**
 * The canonical form of a checked body, for upstreams of another dialect: fields that are null count as absent, the client's
 * own `extra` and fields that nobody knows are taken away and reported.
 * @throws GatewayError `invalid_request` in the API's path style: `messages.0.content.1.text: Field required`.
 */
export function parseRequest(body: JsonObject, _operation: Operation, _tools: CodecTools): ParsedRequest {
  const losses: Loss[] = [];
  const onExtra = (field: string): void => {
    losses.push({ code: 'unknown_field', field });
  };
  const request: JsonObject = {};
  for (const [field, value] of Object.entries(body)) {
    if (value === null) continue;
    if (!KNOWN_FIELDS.has(field)) {
      onExtra(field);
      continue;
    }
    CHECKS[field]?.(value, field);
    request[field] = CLEANERS[field]?.(value, field, onExtra) ?? value;
  }
  takeOldFormat(request);
  assertRequest(request);
  return { request, losses };
}

/** Every field of the type has been looked at, here or by `checkRequest`; `count_tokens` goes without `max_tokens`. */
function assertRequest(_request: JsonObject): asserts _request is MessagesRequest {}

const checkTool: Check = (value, path) => {
  const { type } = checkObject(value, path);
  const isCustom = type === undefined || type === null || type === 'custom';
  if (isCustom) CUSTOM_TOOL(value, path);
  else fields({ type: checkString }, { name: checkString })(value, path);
};

/** A tool without `type` is a custom one (P63). */
const CUSTOM_TOOL = fields(
  { name: checkString, input_schema: checkObject },
  { description: checkString, strict: checkBoolean },
);

/** What a conversion relies on, beyond what `checkRequest` has looked at. */
const CHECKS: Readonly<Record<string, Check>> = {
  system: checkContent,
  messages: listOf(fields({ content: checkContent })),
  tools: listOf(checkTool),
  tool_choice: (value, path) => {
    const isNamed = checkObject(value, path)['type'] === 'tool';
    fields(isNamed ? { name: checkString } : {}, { disable_parallel_tool_use: checkBoolean })(value, path);
  },
  thinking: (value, path) => {
    const isBudgeted = checkObject(value, path)['type'] === 'enabled';
    fields(isBudgeted ? { budget_tokens: checkCount } : {}, { display: checkString })(value, path);
  },
  output_config: fields({}, { effort: checkString, format: checkFormat, task_budget: checkObject }),
  output_format: checkFormat,
  cache_control: checkObject,
  service_tier: checkString,
};

function checkFormat(value: Json, path: string): void {
  fields({ type: checkString, schema: checkObject })(value, path);
}

type Cleaner = (value: Json, path: string, onExtra: (path: string) => void) => Json;

/** Where `extra` would mean something: on messages, blocks and tools. */
const CLEANERS: Readonly<Record<string, Cleaner>> = {
  system: (value, path, onExtra) => (Array.isArray(value) ? blocksWithoutExtra(value, path, onExtra) : value),
  messages: (value, path, onExtra) =>
    eachObject(value, path, onExtra, (message, messagePath) => {
      const { content } = message;
      if (!Array.isArray(content)) return message;
      return { ...message, content: blocksWithoutExtra(content, `${messagePath}.content`, onExtra) };
    }),
  tools: (value, path, onExtra) => eachObject(value, path, onExtra, (tool) => tool),
};

function eachObject(
  list: Json,
  path: string,
  onExtra: (path: string) => void,
  clean: (entry: JsonObject, path: string) => JsonObject,
): Json {
  if (!Array.isArray(list)) return list;
  return list.map((entry, index) => {
    if (!isJsonObject(entry)) return entry;
    const { extra, ...kept } = entry;
    const entryPath = `${path}.${index}`;
    if (extra !== undefined) onExtra(`${entryPath}.extra`);
    return clean(kept, entryPath);
  });
}

/** `output_format` is the older name of `output_config.format`. */
function takeOldFormat(request: JsonObject): void {
  const { output_format } = request;
  if (output_format === undefined) return;
  const config = objectAt(request, 'output_config') ?? {};
  if (isJsonObject(config['format'])) refuse('output_format', 'Cannot be used together with output_config.format');
  delete request['output_format'];
  request['output_config'] = { ...config, format: output_format };
}
