import { isJsonObject, type JsonObject } from '../../core/json.ts';
import {
  asInteger,
  asObject,
  pathOf,
  readBoolean,
  readList,
  readObject,
  readString,
  refuse,
  reportUnknown,
  requireString,
  valueAt,
} from '../shared/fields.ts';
import {
  addCustom,
  addFunction,
  addWebSearch,
  readUserLocation,
  type ToolReading,
} from '../shared/read-request/read-tools.ts';

/** What reading one tool goes by. */
type Reading = ToolReading & { toolCallLimit: number | undefined };

/** Takes in one tool. @throws GatewayError `invalid_request` naming the field. */
type ToolReader = (tool: JsonObject, field: string, reading: Reading) => void;

/** Every type of tool that can be converted; others are refused (P50). */
export const TOOL_READERS: ReadonlyMap<string, ToolReader> = new Map([
  ['function', addFunction],
  ['custom', addCustom],
  ['namespace', readNamespace],
  ['web_search', readWebSearch],
  ['web_search_2025_08_26', readWebSearch],
  ['web_search_preview', readWebSearch],
  ['web_search_preview_2025_03_11', readWebSearch],
]);

/**
 * Takes in `tools`, and behind them those that stand in `additional_tools` items of the input (`clients.md` §2).
 * @throws GatewayError `invalid_request` for tools that only OpenAI runs or knows (P50).
 */
export function readTools(body: JsonObject, reading: ToolReading): void {
  const limit = valueAt(body, 'max_tool_calls');
  const toolCallLimit = limit === undefined ? undefined : asInteger(limit, 'max_tool_calls', 1);
  for (const { tool, field } of declaredTools(body)) {
    const type = requireString(tool, 'type', field);
    const read = TOOL_READERS.get(type);
    if (read === undefined) refuse(pathOf(field, 'type'), `Tools of type '${type}' cannot be converted`);
    read(tool, field, { ...reading, toolCallLimit });
  }
}

type DeclaredTool = { tool: JsonObject; field: string };

function declaredTools(body: JsonObject): DeclaredTool[] {
  const input = Array.isArray(body['input']) ? body['input'] : [];
  const additional = input.flatMap((item, index) =>
    isJsonObject(item) && item['type'] === 'additional_tools' ? toolsOf(item, pathOf('input', index)) : [],
  );
  return [...toolsOf(body, ''), ...additional];
}

function toolsOf(holder: JsonObject, parent: string): DeclaredTool[] {
  return readList(holder, 'tools', parent).map((value, index) => {
    const field = pathOf(pathOf(parent, 'tools'), index);
    return { tool: asObject(value, field), field };
  });
}

const NAMESPACE_KEYS = new Set(['type', 'name', 'description', 'tools']);

function readNamespace(group: JsonObject, field: string, reading: Reading): void {
  reportUnknown(group, NAMESPACE_KEYS, field, reading.report);
  const place = { namespace: requireString(group, 'name', field) };
  for (const { tool, field: path } of toolsOf(group, field)) {
    const type = requireString(tool, 'type', path);
    if (type === 'function') addFunction(tool, path, reading, place);
    else if (type === 'custom') addCustom(tool, path, reading, place);
    else refuse(pathOf(path, 'type'), `Tools of type '${type}' cannot be converted`);
  }
  reading.report({ code: 'namespace_flattened', field });
}

const SEARCH_KEYS = new Set([
  'type',
  'filters',
  'user_location',
  'search_context_size',
  'external_web_access',
  'search_content_types',
]);
const FILTER_KEYS = new Set(['allowed_domains', 'blocked_domains']);

/** The web search of Messages is a search too, but it knows neither how much to read nor live pages from stored ones. */
function readWebSearch(tool: JsonObject, field: string, reading: Reading): void {
  reportUnknown(tool, SEARCH_KEYS, field, reading.report);
  const isUnusual = {
    search_context_size: (readString(tool, 'search_context_size', field) ?? 'medium') !== 'medium',
    external_web_access: readBoolean(tool, 'external_web_access', field) === false,
    search_content_types: readList(tool, 'search_content_types', field).some((type) => type !== 'text'),
  };
  for (const [key, isLost] of Object.entries(isUnusual)) {
    if (isLost) reading.report({ code: 'tool_settings_dropped', field: pathOf(field, key) });
  }
  const settings: JsonObject = { ...readDomains(tool, field, reading), ...readUserLocation(tool, field) };
  if (reading.toolCallLimit !== undefined) settings['max_uses'] = reading.toolCallLimit;
  addWebSearch(settings, field, reading);
}

/** Messages takes one of the two lists at most. */
function readDomains(tool: JsonObject, field: string, { report }: ToolReading): JsonObject {
  const filters = readObject(tool, 'filters', field) ?? {};
  const path = pathOf(field, 'filters');
  reportUnknown(filters, FILTER_KEYS, path, report);
  const allowed = readList(filters, 'allowed_domains', path);
  const blocked = readList(filters, 'blocked_domains', path);
  if (allowed.length > 0 && blocked.length > 0)
    refuse(path, 'Only one of allowed_domains and blocked_domains can be converted');
  return {
    ...(allowed.length > 0 ? { allowed_domains: allowed } : {}),
    ...(blocked.length > 0 ? { blocked_domains: blocked } : {}),
  };
}
