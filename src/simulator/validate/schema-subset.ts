import type { Json, JsonObject } from '../../core/json.ts';
import { isJsonObject } from '../../core/json.ts';
import { invalid } from '../refusal.ts';

/** The part of JSON Schema that strict tools and structured output take (`anthropic-surface.md` §6). */

const UNSUPPORTED = [
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'maxItems',
];

/** Keywords whose value is a schema, a list of schemas, or schemas by name. */
const NESTED = {
  one: ['items'],
  list: ['anyOf', 'allOf', 'oneOf'],
  named: ['properties', '$defs', 'definitions'],
} as const;

/**
 * Refuses what a strict schema may not hold.
 * @throws RequestRefused 400 naming the schema at `path`.
 */
export function checkSchemaSubset(schema: Json, path: string): void {
  if (!isJsonObject(schema)) return;
  const type = typeof schema['type'] === 'string' ? schema['type'] : undefined;
  if (type === 'object' && schema['additionalProperties'] !== false) {
    throw invalid(path, "For 'object' type, 'additionalProperties' must be explicitly set to false");
  }
  const unsupported = UNSUPPORTED.find((keyword) => Object.hasOwn(schema, keyword));
  if (unsupported !== undefined) {
    throw invalid(path, `For '${type ?? 'any'}' type, property '${unsupported}' is not supported`);
  }
  const minItems = schema['minItems'];
  if (typeof minItems === 'number' && minItems > 1) {
    throw invalid(path, "For 'array' type, 'minItems' values other than 0 or 1 are not supported");
  }
  const reference = schema['$ref'];
  if (typeof reference === 'string' && !reference.startsWith('#')) {
    throw invalid(path, `External schema references are not supported: ${reference}`);
  }
  for (const child of childSchemas(schema)) checkSchemaSubset(child, path);
}

function childSchemas(schema: JsonObject): Json[] {
  return [
    ...NESTED.one.flatMap((key) => (schema[key] === undefined ? [] : [schema[key]])),
    ...NESTED.list.flatMap((key) => (Array.isArray(schema[key]) ? schema[key] : [])),
    ...NESTED.named.flatMap((key) => (isJsonObject(schema[key]) ? Object.values(schema[key]) : [])),
  ];
}
