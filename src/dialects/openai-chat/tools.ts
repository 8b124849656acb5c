import { type JsonObject, objectAt } from '../../core/json.ts';
import { asObject, pathOf, readList, readObject, readString, refuse, reportUnknown } from '../shared/fields.ts';
import { cacheMark } from '../shared/read-request/read-parts.ts';
import {
  addCustom,
  addFunction,
  addWebSearch,
  readUserLocation,
  type ToolReading,
} from '../shared/read-request/read-tools.ts';

const TOOL_KEYS = new Set(['type', 'function', 'custom', 'cache_control', 'prompt_cache_breakpoint']);
const SEARCH_KEYS = new Set(['user_location', 'search_context_size']);

/**
 * Takes in `tools`, the old `functions`, and the web search (`translation.md` §3).
 * @throws GatewayError `invalid_request` for a tool that is neither a function nor free-form (P50).
 */
export function readTools(body: JsonObject, reading: ToolReading): void {
  readList(body, 'tools', '').forEach((value, index) => {
    const field = pathOf('tools', index);
    readTool(asObject(value, field), field, reading);
  });
  readList(body, 'functions', '').forEach((value, index) => {
    const field = pathOf('functions', index);
    addFunction(asObject(value, field), field, reading);
  });
  const search = readObject(body, 'web_search_options', '');
  if (search !== undefined) readWebSearch(search, 'web_search_options', reading);
}

function readTool(tool: JsonObject, field: string, reading: ToolReading): void {
  const type = readString(tool, 'type', field) ?? 'function';
  if (type !== 'function' && type !== 'custom')
    refuse(pathOf(field, 'type'), `Tools of type '${type}' cannot be converted`);
  const definition = objectAt(tool, type);
  if (definition === undefined) refuse(pathOf(field, type), 'Missing required parameter');
  reportUnknown(tool, TOOL_KEYS, field, reading.report);
  const place = { mark: cacheMark(tool, field, reading.report) };
  if (type === 'function') addFunction(definition, pathOf(field, type), reading, place);
  else addCustom(definition, pathOf(field, type), reading, place);
}

function readWebSearch(options: JsonObject, field: string, reading: ToolReading): void {
  reportUnknown(options, SEARCH_KEYS, field, reading.report);
  if ((readString(options, 'search_context_size', field) ?? 'medium') !== 'medium') {
    reading.report({ code: 'tool_settings_dropped', field: pathOf(field, 'search_context_size') });
  }
  addWebSearch(readUserLocation(options, field), field, reading);
}
