import { isJsonObject, type Json, type JsonObject, objectAt } from '../../../core/json.ts';

/** Keywords of JSON Schema that OpenAI's strict mode takes (its guide to structured outputs); all others are refused there. */
const KEYWORDS: ReadonlySet<string> = new Set([
  '$schema',
  '$ref',
  '$defs',
  'definitions',
  'title',
  'description',
  'type',
  'properties',
  'required',
  'additionalProperties',
  'items',
  'enum',
  'const',
  'anyOf',
  'pattern',
  'format',
  'multipleOf',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'minItems',
  'maxItems',
]);

const FORMATS: ReadonlySet<Json | undefined> = new Set<Json | undefined>([
  undefined,
  'date-time',
  'time',
  'date',
  'duration',
  'email',
  'hostname',
  'ipv4',
  'ipv6',
  'uuid',
]);

/** Deepest nesting of objects and most properties that strict mode takes. */
const MAX_DEPTH = 10;
const MAX_PROPERTIES = 5000;

/**
 * Whether OpenAI takes a schema with `strict: true`: an object at the top, every object closed and all its properties
 * required, and only known keywords (`translation.md` §4). A schema that does not fit is sent with `strict: false`.
 */
export function fitsStrictSubset(schema: JsonObject): boolean {
  const budget = { properties: MAX_PROPERTIES };
  return schema['type'] === 'object' && schema['anyOf'] === undefined && fits(schema, 0, budget);
}

function fits(schema: Json | undefined, depth: number, budget: { properties: number }): boolean {
  if (!isJsonObject(schema) || depth > MAX_DEPTH) return false;
  if (!Object.keys(schema).every((key) => KEYWORDS.has(key)) || !FORMATS.has(schema['format'])) return false;
  if (hasType(schema, 'object') && !isClosed(schema, budget)) return false;
  if (hasType(schema, 'array') && schema['items'] === undefined) return false;
  return subschemas(schema).every(([child, deeper]) => fits(child, depth + deeper, budget));
}

function hasType({ type }: JsonObject, name: string): boolean {
  return type === name || (Array.isArray(type) && type.includes(name));
}

/** Every property is required, and no other is allowed. */
function isClosed(schema: JsonObject, budget: { properties: number }): boolean {
  const names = Object.keys(objectAt(schema, 'properties') ?? {});
  const { required } = schema;
  budget.properties -= names.length;
  if (budget.properties < 0 || schema['additionalProperties'] !== false) return false;
  return names.length === 0 || (Array.isArray(required) && names.every((name) => required.includes(name)));
}

/** The schemas inside a schema, each with the levels of objects that it lies deeper. */
function subschemas(schema: JsonObject): [Json, number][] {
  const { items, anyOf } = schema;
  const below = (key: string, deeper: number): [Json, number][] =>
    Object.values(objectAt(schema, key) ?? {}).map((child): [Json, number] => [child, deeper]);
  return [
    ...below('properties', 1),
    ...below('$defs', 0),
    ...below('definitions', 0),
    ...(items === undefined ? [] : [[items, 1] satisfies [Json, number]]),
    ...(Array.isArray(anyOf) ? anyOf.map((child): [Json, number] => [child, 0]) : []),
  ];
}
