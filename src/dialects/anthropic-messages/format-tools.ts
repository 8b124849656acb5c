import { type JsonObject, objectAt, stringAt } from '../../core/json.ts';
import type { MessagesRequest, Tool } from '../../core/message.ts';
import { refuse } from '../shared/fields.ts';
import { cleanText } from '../shared/reduce/plain-text.ts';
import { markCached } from './cache-marks.ts';
import type { Formatting } from './formatting.ts';
import { isInSubset } from './schema-subset.ts';
import { inputSchema } from './tool-schema.ts';

/** Most strict tools in one request (`anthropic-surface.md` §6). */
const MOST_STRICT_TOOLS = 20;

/**
 * The tools as the API takes them, in their order (P36): functions as custom tools, and those of the API's own as they are.
 * @throws GatewayError `invalid_request` naming the tool.
 */
export function formatTools(request: MessagesRequest, formatting: Formatting): Tool[] {
  const strictness = new Strictness(formatting);
  return (request.tools ?? []).map((tool, index) => {
    const path = `tools.${index}`;
    return markCached(formatTool(tool, path, strictness, formatting), tool, path, formatting);
  });
}

function formatTool(tool: Tool, path: string, strictness: Strictness, formatting: Formatting): Tool {
  const { extra: _openAiOnly, cache_control: _marked, ...typed } = tool;
  if (!isCustom(tool)) return typed;
  reportExtra(tool, path, formatting);
  const name = stringAt(tool, 'name') ?? refuse(`${path}.name`, 'Must be a string');
  const description = stringAt(tool, 'description') ?? '';
  const schema = inputSchema(objectAt(tool, 'input_schema'), `${path}.input_schema`, formatting);
  return {
    name: formatting.names.toUpstream(name, `${path}.name`),
    ...(description !== '' && { description: cleanText(description, `${path}.description`, formatting) }),
    input_schema: schema,
    ...(tool['strict'] === true && strictness.allows(schema, path) && { strict: true }),
  };
}

/** A tool that the caller describes: `type` absent, null or `custom` (P63). */
function isCustom({ type }: Tool): boolean {
  return type === undefined || type === null || type === 'custom';
}

function reportExtra(tool: Tool, path: string, { losses }: Formatting): void {
  const extra = objectAt(tool, 'extra') ?? {};
  if (extra['custom'] !== undefined) losses.add('tool_format_dropped', `${path}.format`);
  if (extra['output_schema'] !== undefined) losses.add('tool_output_schema_dropped', `${path}.output_schema`);
}

/** Strict tools are few, and their schemas keep to a subset: beyond that a tool goes without, its schema untouched. */
class Strictness {
  private left = MOST_STRICT_TOOLS;
  private readonly formatting: Formatting;

  constructor(formatting: Formatting) {
    this.formatting = formatting;
  }

  allows(schema: JsonObject, path: string): boolean {
    const { rules, losses } = this.formatting;
    const isAllowed = rules.structuredOutputs && this.left > 0 && isInSubset(schema);
    if (isAllowed) this.left--;
    else losses.add('tool_strict_dropped', `${path}.strict`);
    return isAllowed;
  }
}

/**
 * How the model may choose (`translation.md` §3). A model that refuses to be forced, as every model does while it thinks by
 * request, may choose instead.
 */
export function formatToolChoice(
  request: MessagesRequest,
  isThinking: boolean,
  { names, rules, losses }: Formatting,
): JsonObject | undefined {
  const choice = objectAt(request, 'tool_choice');
  const type = choice && stringAt(choice, 'type');
  if (!choice || type === undefined) return undefined;
  const single =
    choice['disable_parallel_tool_use'] === true && type !== 'none' ? { disable_parallel_tool_use: true } : {};
  if (type !== 'any' && type !== 'tool') return { type, ...single };
  if (isThinking || !rules.forcedToolChoice) {
    losses.add('tool_choice_degraded', 'tool_choice');
    return { type: 'auto', ...single };
  }
  if (type === 'any') return { type, ...single };
  const name = stringAt(choice, 'name') ?? refuse('tool_choice.name', 'Must be a string');
  return { type, name: names.toUpstream(name, 'tool_choice.name'), ...single };
}
