import { isJsonObject, type JsonObject, objectAt, stringAt } from '../../../core/json.ts';
import type { PlainTool } from '../../../core/plain-request.ts';
import { refuse, reportUnknown } from '../fields.ts';
import { cacheControlOf, cleanText, dropCacheControl } from './plain-text.ts';
import type { Reduction } from './reduction.ts';
import { fitsStrictSubset } from './strict-subset.ts';
import type { OfferedTool } from './tool-loading.ts';
import { TYPED_TOOLS, type TypedTool } from './typed-tools.ts';

/**
 * The tools as the target takes them, in the caller's order (P36).
 * @throws GatewayError `invalid_request` naming the tool that the target cannot have (P42, P50).
 */
export function plainTools(offered: OfferedTool[], reduction: Reduction): PlainTool[] {
  if (offered.length > 0 && !reduction.target.quirks.tools) refuse('tools', 'this model takes no tools');
  return offered.map(({ tool, path }) => {
    const type = stringAt(tool, 'type');
    reportSettings(tool, path, reduction);
    if (type === undefined || type === 'custom') return customTool(tool, path, reduction);
    if (WEB_SEARCH.test(type)) return webSearch(tool, path, reduction);
    const typed = TYPED_TOOLS.get(type);
    if (typed === undefined) return refuse(`${path}.type`, `the tool "${type}" is not supported by this model`);
    return typedTool(tool, typed, path, reduction);
  });
}

/** Settings that any kind of tool can have (`anthropic-surface.md` §6). */
function reportSettings(tool: JsonObject, path: string, { losses }: Reduction): void {
  if (tool['eager_input_streaming'] === true) losses.add('tool_loading_dropped', `${path}.eager_input_streaming`);
  if (Array.isArray(tool['input_examples'])) losses.add('tool_examples_dropped', `${path}.input_examples`);
  const callers = tool['allowed_callers'];
  if (!Array.isArray(callers)) return;
  if (!callers.includes('direct'))
    refuse(`${path}.allowed_callers`, 'programmatic tool calls are not supported by this model');
  if (callers.length > 1) losses.add('tool_settings_dropped', `${path}.allowed_callers`);
}

const SHARED_KEYS = [
  'type',
  'name',
  'eager_input_streaming',
  'input_examples',
  'defer_loading',
  'allowed_callers',
  'cache_control',
];
const CUSTOM_KEYS: ReadonlySet<string> = new Set([...SHARED_KEYS, 'strict', 'description', 'input_schema', 'extra']);

function customTool(tool: JsonObject, path: string, reduction: Reduction): PlainTool {
  const { losses, target } = reduction;
  reportUnknown(tool, CUSTOM_KEYS, path, losses.report);
  const extra = objectAt(tool, 'extra') ?? {};
  if (isJsonObject(extra['output_schema'])) losses.add('tool_output_schema_dropped', `${path}.output_schema`);
  const custom = objectAt(extra, 'custom');
  if (custom && target.quirks.customTools) {
    dropCacheControl(tool, path, reduction);
    const format = objectAt(custom, 'format');
    return {
      kind: 'free_form',
      name: nameOf(tool, path, reduction),
      description: descriptionOf(tool, path, reduction),
      format,
    };
  }
  if (custom) losses.add('tool_format_dropped', path);
  return functionTool(
    tool,
    objectAt(tool, 'input_schema') ?? {},
    descriptionOf(tool, path, reduction),
    path,
    reduction,
  );
}

function functionTool(
  tool: JsonObject,
  schema: JsonObject,
  description: string | undefined,
  path: string,
  reduction: Reduction,
): PlainTool {
  const cacheControl = cacheControlOf(tool, path, reduction);
  return {
    kind: 'function',
    name: nameOf(tool, path, reduction),
    description,
    parameters: asObjectSchema(schema),
    strict: strictOf(tool, schema, path, reduction),
    ...(cacheControl && { cacheControl }),
  };
}

/**
 * The caller's schema, verbatim (P68). Only what OpenAI demands and Anthropic does not is added at the top, and it says
 * nothing new: that the arguments are an object, and its properties (P31).
 */
function asObjectSchema(schema: JsonObject): JsonObject {
  const typed = schema['type'] === undefined ? { ...schema, type: 'object' } : schema;
  return typed['type'] === 'object' && !isJsonObject(typed['properties']) && !isComposed(typed)
    ? { ...typed, properties: {} }
    : typed;
}

function isComposed(schema: JsonObject): boolean {
  return ['$ref', 'anyOf', 'oneOf', 'allOf'].some((key) => schema[key] !== undefined);
}

/** OpenAI's strict mode takes fewer schemas than Anthropic's: a tool that does not fit is sent without (P96, P124). */
function strictOf(
  tool: JsonObject,
  schema: JsonObject,
  path: string,
  { target, losses }: Reduction,
): boolean | undefined {
  const { strict } = tool;
  if (typeof strict !== 'boolean') return undefined;
  if (strict && !(target.quirks.strictTools && fitsStrictSubset(schema)))
    losses.add('tool_strict_dropped', `${path}.strict`);
  return target.quirks.strictTools ? strict && fitsStrictSubset(schema) : undefined;
}

const TYPED_KEYS: ReadonlySet<string> = new Set([...SHARED_KEYS, 'strict', 'max_characters']);

function typedTool(tool: JsonObject, typed: TypedTool, path: string, reduction: Reduction): PlainTool {
  const { losses } = reduction;
  reportUnknown(tool, TYPED_KEYS, path, losses.report);
  losses.add('tool_expanded', path);
  if (typeof tool['max_characters'] === 'number') losses.add('tool_settings_dropped', `${path}.max_characters`);
  return functionTool(tool, typed.parameters, typed.description, path, reduction);
}

const WEB_SEARCH = /^web_search_\d{8}$/;
const WEB_SEARCH_KEYS: ReadonlySet<string> = new Set([...SHARED_KEYS, 'extra']);
/** What both vendors' web searches know by the same names (`translation.md` §3). */
const WEB_SEARCH_SETTINGS = ['allowed_domains', 'user_location'];
const WEB_SEARCH_LOST = ['blocked_domains', 'max_uses', 'response_inclusion'];

function webSearch(tool: JsonObject, path: string, reduction: Reduction): PlainTool {
  const { losses } = reduction;
  const known = new Set([...WEB_SEARCH_KEYS, ...WEB_SEARCH_SETTINGS, ...WEB_SEARCH_LOST]);
  reportUnknown(tool, known, path, losses.report);
  dropCacheControl(tool, path, reduction);
  for (const key of WEB_SEARCH_LOST) {
    if ((tool[key] ?? null) !== null) losses.add('tool_settings_dropped', `${path}.${key}`);
  }
  const settings = Object.entries(tool).filter(([key, value]) => WEB_SEARCH_SETTINGS.includes(key) && value !== null);
  return { kind: 'web_search', settings: { ...Object.fromEntries(settings), ...objectAt(tool, 'extra') } };
}

function nameOf(tool: JsonObject, path: string, { names }: Reduction): string {
  const name = stringAt(tool, 'name') ?? refuse(`${path}.name`, 'must be a string');
  return names.toUpstream(name, `${path}.name`);
}

function descriptionOf(tool: JsonObject, path: string, reduction: Reduction): string | undefined {
  const description = stringAt(tool, 'description');
  return description === undefined ? undefined : cleanText(description, `${path}.description`, reduction);
}
