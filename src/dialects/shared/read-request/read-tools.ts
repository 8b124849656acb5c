import type { LossSink } from '../../../core/dialect.ts';
import type { JsonObject } from '../../../core/json.ts';
import {
  pathOf,
  readBoolean,
  readList,
  readObject,
  readString,
  refuse,
  reportUnknown,
  requireString,
} from '../fields.ts';
import { cacheMark } from './read-parts.ts';
import type { ToolCatalogue } from './tool-catalogue.ts';

/** Where the tools of a request go, and what is said about them. */
export type ToolReading = { catalogue: ToolCatalogue; report: LossSink };

const TOOL_KEYS = [
  'type',
  'name',
  'description',
  'allowed_callers',
  'defer_loading',
  'cache_control',
  'prompt_cache_breakpoint',
];
const FUNCTION_KEYS = new Set([...TOOL_KEYS, 'parameters', 'strict', 'output_schema']);
const CUSTOM_KEYS = new Set([...TOOL_KEYS, 'format']);

/** What a free-form tool takes in its canonical form (`translation.md` §3). */
const FREE_FORM_SCHEMA: JsonObject = {
  type: 'object',
  properties: { input: { type: 'string' } },
  required: ['input'],
  additionalProperties: false,
};

/**
 * Takes in a function. Its schema goes on as the caller wrote it (P68); without one it takes no arguments (P31).
 * @throws GatewayError `invalid_request` naming the field.
 */
export function addFunction(
  definition: JsonObject,
  field: string,
  reading: ToolReading,
  place: { namespace?: string; mark?: JsonObject } = {},
): void {
  reportUnknown(definition, FUNCTION_KEYS, field, reading.report);
  const name = requireString(definition, 'name', field);
  const strict = readBoolean(definition, 'strict', field);
  const outputSchema = readObject(definition, 'output_schema', field);
  const tool: JsonObject = {
    ...describe(definition, field, reading.report),
    input_schema: readObject(definition, 'parameters', field) ?? { type: 'object', properties: {} },
    ...(strict === undefined ? {} : { strict }),
    ...place.mark,
  };
  const extra: JsonObject = {
    ...(outputSchema === undefined ? {} : { output_schema: outputSchema }),
    ...(place.namespace === undefined ? {} : { namespace: place.namespace, name }),
  };
  if (Object.keys(extra).length > 0) tool['extra'] = extra;
  reading.catalogue.add(tool, name, place.namespace, pathOf(field, 'name'));
}

/**
 * Takes in a free-form tool as a function with one text (`translation.md` §3); its grammar is kept under `extra` for
 * upstreams that have such tools.
 * @throws GatewayError `invalid_request` naming the field.
 */
export function addCustom(
  definition: JsonObject,
  field: string,
  reading: ToolReading,
  place: { namespace?: string; mark?: JsonObject } = {},
): void {
  reportUnknown(definition, CUSTOM_KEYS, field, reading.report);
  const name = requireString(definition, 'name', field);
  const format = readObject(definition, 'format', field);
  const extra: JsonObject = {
    custom: format === undefined ? {} : { format: formatOf(format, pathOf(field, 'format')) },
    ...(place.namespace === undefined ? {} : { namespace: place.namespace, name }),
  };
  const tool = {
    ...describe(definition, field, reading.report),
    input_schema: FREE_FORM_SCHEMA,
    extra,
    ...place.mark,
  };
  reading.catalogue.add(tool, name, place.namespace, pathOf(field, 'name'));
}

/** The format of a free-form tool as Chat spells it: Responses leaves the level `grammar` out. */
function formatOf(format: JsonObject, field: string): JsonObject {
  if (readString(format, 'type', field) !== 'grammar' || format['grammar'] !== undefined) return format;
  const { type, ...grammar } = format;
  return { type: 'grammar', grammar };
}

/** What a tool says of itself in either form. */
function describe(definition: JsonObject, field: string, report: LossSink): JsonObject {
  const description = readString(definition, 'description', field);
  const callers = readList(definition, 'allowed_callers', field);
  if (callers.length > 0 && !callers.includes('direct')) {
    refuse(pathOf(field, 'allowed_callers'), 'Programmatic tool calls cannot be converted');
  }
  if (callers.length > 1) report({ code: 'tool_settings_dropped', field: pathOf(field, 'allowed_callers') });
  if (readBoolean(definition, 'defer_loading', field) === true) {
    report({ code: 'tool_loading_dropped', field: pathOf(field, 'defer_loading') });
  }
  return {
    ...(description === undefined ? {} : { description }),
    ...cacheMark(definition, field, report),
  };
}

const LOCATION_KEYS = ['city', 'country', 'region', 'timezone'];

/** The name that the web search of Messages always has. */
const WEB_SEARCH = 'web_search';

/**
 * Takes in the upstream's own web search; `settings` are those that Messages knows by the same names.
 * @throws GatewayError `invalid_request` when there is a tool of that name already.
 */
export function addWebSearch(settings: JsonObject, field: string, reading: ToolReading): void {
  reading.catalogue.add({ type: 'web_search_20250305', ...settings }, WEB_SEARCH, undefined, field);
}

/** Where the user is, for a web search: Chat puts the place one level deeper than Responses. */
export function readUserLocation(holder: JsonObject, field: string): JsonObject {
  const location = readObject(holder, 'user_location', field);
  if (location === undefined) return {};
  const path = pathOf(field, 'user_location');
  const place = readObject(location, 'approximate', path) ?? location;
  const known = LOCATION_KEYS.flatMap((key) => {
    const value = readString(place, key, path);
    return value === undefined ? [] : [[key, value] as const];
  });
  return { user_location: { type: 'approximate', ...Object.fromEntries(known) } };
}
