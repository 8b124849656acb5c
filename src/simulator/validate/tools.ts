import type { Json, JsonObject } from '../../core/json.ts';
import { isJsonObject, stringAt } from '../../core/json.ts';
import type { ContentBlock, MessagesRequest } from '../../core/message.ts';
import { blocksOf } from '../conversation.ts';
import { invalid } from '../refusal.ts';
import { CACHE_CONTROL } from './blocks.ts';
import { checkSchemaSubset } from './schema-subset.ts';
import type { Fields, Shape } from './shape.ts';
import {
  anything,
  boolean,
  list,
  nullable,
  number,
  object,
  oneOf,
  openObject,
  string,
  tagged,
  under,
} from './shape.ts';

/** Tools as declared, and the choice among them (`anthropic-surface.md` §6). */

/** Fields that every tool may carry. */
const SHARED: Fields = {
  cache_control: CACHE_CONTROL,
  allowed_callers: list(string()),
  defer_loading: boolean,
  strict: boolean,
};

const INPUT_SCHEMA: Shape = (value, path) => {
  openObject({ type: oneOf('object') })(value, path);
  if (isJsonObject(value) && ['oneOf', 'allOf', 'anyOf'].some((key) => Object.hasOwn(value, key))) {
    throw invalid(path, 'input_schema does not support oneOf, allOf, or anyOf at the top level');
  }
};

const CUSTOM: Shape = object(
  { name: string({ pattern: /^[a-zA-Z0-9_-]{1,128}$/ }), input_schema: INPUT_SCHEMA },
  {
    type: nullable(oneOf('custom')),
    description: string(),
    eager_input_streaming: nullable(boolean),
    input_examples: list(openObject()),
    ...SHARED,
  },
);

const DOMAINS: Fields = { allowed_domains: nullable(list(string())), blocked_domains: nullable(list(string())) };
const SEARCH: Fields = { max_uses: nullable(number({ min: 1, whole: true })), ...DOMAINS, user_location: anything };
const FETCH: Fields = {
  max_uses: nullable(number({ min: 1, whole: true })),
  ...DOMAINS,
  max_content_tokens: nullable(number({ min: 1, whole: true })),
  citations: anything,
  url_sources: anything,
};
const SCREEN: Fields = {
  display_width_px: number({ min: 1, whole: true }),
  display_height_px: number({ min: 1, whole: true }),
};
const SCREEN_EXTRAS: Fields = { display_number: nullable(number({ whole: true })), enable_zoom: boolean };

type TypedTool = { type: string; name: string | undefined; required?: Fields; optional?: Fields };

const TYPED_TOOLS: readonly TypedTool[] = [
  { type: 'bash_20241022', name: 'bash' },
  { type: 'bash_20250124', name: 'bash' },
  { type: 'text_editor_20241022', name: 'str_replace_editor' },
  { type: 'text_editor_20250124', name: 'str_replace_editor' },
  { type: 'text_editor_20250429', name: 'str_replace_based_edit_tool' },
  {
    type: 'text_editor_20250728',
    name: 'str_replace_based_edit_tool',
    optional: { max_characters: nullable(number({ min: 1, whole: true })) },
  },
  { type: 'memory_20250818', name: 'memory' },
  { type: 'computer_20241022', name: 'computer', required: SCREEN, optional: SCREEN_EXTRAS },
  { type: 'computer_20250124', name: 'computer', required: SCREEN, optional: SCREEN_EXTRAS },
  { type: 'computer_20251124', name: 'computer', required: SCREEN, optional: SCREEN_EXTRAS },
  { type: 'computer_toolset_20260801', name: undefined, optional: { configs: anything, ...SCREEN, ...SCREEN_EXTRAS } },
  { type: 'browser_toolset_20260801', name: undefined, optional: { configs: anything } },
  { type: 'code_execution_20250522', name: 'code_execution' },
  { type: 'code_execution_20250825', name: 'code_execution' },
  { type: 'code_execution_20260120', name: 'code_execution' },
  { type: 'code_execution_20260521', name: 'code_execution' },
  { type: 'web_search_20250305', name: 'web_search', optional: SEARCH },
  { type: 'web_search_20260209', name: 'web_search', optional: SEARCH },
  {
    type: 'web_search_20260318',
    name: 'web_search',
    optional: { ...SEARCH, response_inclusion: oneOf('full', 'excluded') },
  },
  { type: 'web_fetch_20250910', name: 'web_fetch', optional: FETCH },
  { type: 'web_fetch_20260209', name: 'web_fetch', optional: FETCH },
  { type: 'web_fetch_20260309', name: 'web_fetch', optional: { ...FETCH, use_cache: boolean } },
  {
    type: 'web_fetch_20260318',
    name: 'web_fetch',
    optional: { ...FETCH, use_cache: boolean, response_inclusion: oneOf('full', 'excluded') },
  },
  { type: 'tool_search_tool_regex', name: 'tool_search_tool_regex' },
  { type: 'tool_search_tool_regex_20251119', name: 'tool_search_tool_regex' },
  { type: 'tool_search_tool_bm25', name: 'tool_search_tool_bm25' },
  { type: 'tool_search_tool_bm25_20251119', name: 'tool_search_tool_bm25' },
  {
    type: 'advisor_20260301',
    name: 'advisor',
    required: { model: string({ min: 1 }) },
    optional: { max_uses: anything, max_tokens: anything, caching: anything },
  },
  {
    type: 'mcp_toolset',
    name: undefined,
    required: { mcp_server_name: string({ min: 1 }) },
    optional: { default_config: anything, configs: anything, tools: anything },
  },
];

function typedShape({ name, required = {}, optional = {} }: TypedTool): Shape {
  return object(
    { type: anything, ...(name !== undefined && { name: oneOf(name) }), ...required },
    { input_examples: anything, ...SHARED, ...optional },
  );
}

const TOOL: Shape = tagged({
  custom: CUSTOM,
  ...Object.fromEntries(TYPED_TOOLS.map((row) => [row.type, typedShape(row)])),
});

const TOOL_CHOICE: Shape = tagged({
  auto: object({ type: anything }, { disable_parallel_tool_use: boolean }),
  any: object({ type: anything }, { disable_parallel_tool_use: boolean }),
  tool: object({ type: anything, name: string({ min: 1 }) }, { disable_parallel_tool_use: boolean }),
  none: object({ type: anything }),
});

/** Whether the caller describes this tool: no `type`, `null` or `custom`. */
export function isCustomTool(tool: JsonObject): boolean {
  return tool['type'] === undefined || tool['type'] === null || tool['type'] === 'custom';
}

/** Checks the shape of each tool. A custom tool may leave its `type` out, so it has no tag to go by. */
export function checkToolShapes(value: Json, path: string): void {
  list((tool, toolPath) => {
    if (isJsonObject(tool) && isCustomTool(tool)) CUSTOM(tool, under(toolPath, 'custom'));
    else TOOL(tool, toolPath);
  })(value, path);
}

/** Shape of `tool_choice`. */
export const checkToolChoiceShape: Shape = TOOL_CHOICE;

/**
 * Checks what the tools say together, and the choice among them.
 * @throws RequestRefused 400, with `error_code` where the API gives one.
 */
export function checkTools(request: MessagesRequest): void {
  const tools = request.tools ?? [];
  checkNames(tools);
  checkDomains(tools);
  if (tools.length > 0 && tools.every((tool) => tool['defer_loading'] === true)) {
    throw invalid('tools', 'At least one tool must have defer_loading=false.');
  }
  tools.forEach((tool, index) => {
    if (tool['strict'] === true && isCustomTool(tool)) {
      checkSchemaSubset(tool['input_schema'] ?? null, `tools.${index}.custom.input_schema`);
    }
  });
  checkChoice(request.tool_choice, tools);
  checkReferences(request, tools);
}

function checkNames(tools: readonly JsonObject[]): void {
  const seen = new Set<string>();
  for (const tool of tools) {
    const name = stringAt(tool, 'name');
    if (name === undefined) continue;
    if (seen.has(name)) throw invalid('tools', 'Tool names must be unique.', { error_code: 'tool_name_conflict' });
    seen.add(name);
  }
}

function checkDomains(tools: readonly JsonObject[]): void {
  tools.forEach((tool, index) => {
    if (Array.isArray(tool['allowed_domains']) && Array.isArray(tool['blocked_domains'])) {
      throw invalid(`tools.${index}`, 'Only one of allowed_domains and blocked_domains may be specified');
    }
  });
}

function checkChoice(choice: JsonObject | undefined, tools: readonly JsonObject[]): void {
  if (!choice) return;
  if (tools.length === 0) throw invalid('tool_choice', 'tool_choice may only be specified while providing tools');
  const name = stringAt(choice, 'name');
  if (choice['type'] === 'tool' && !tools.some((tool) => tool['name'] === name)) {
    throw invalid('', `Tool '${name}' not found in provided tools`);
  }
}

/** A loaded tool must be one of those declared. */
function checkReferences(request: MessagesRequest, tools: readonly JsonObject[]): void {
  const names = new Set(tools.map((tool) => tool['name']));
  request.messages.forEach((message, index) => {
    for (const reference of blocksOf(message.content).flatMap(referencesIn)) {
      const name = reference['tool_name'];
      if (name !== undefined && !names.has(name)) {
        throw invalid(`messages.${index}`, `Tool reference '${name}' not found in available tools`, {
          error_code: 'tool_reference_unresolved',
        });
      }
    }
  });
}

function referencesIn(block: ContentBlock): JsonObject[] {
  const content = block.type === 'tool_result' ? block['content'] : undefined;
  if (!Array.isArray(content)) return [];
  return content.filter(isJsonObject).filter((entry) => entry['type'] === 'tool_reference');
}
