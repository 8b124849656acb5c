import { isJsonObject, type Json, type JsonObject, stringAt } from '../../core/json.ts';

/** The part of JSON Schema that strict tools and structured output take (`anthropic-surface.md` §6). */

const UNSUPPORTED: ReadonlySet<string> = new Set([
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'pattern',
  'maxItems',
  'uniqueItems',
  'contains',
  'minContains',
  'maxContains',
  'minProperties',
  'maxProperties',
  'patternProperties',
  'propertyNames',
  'unevaluatedProperties',
  'dependentRequired',
  'if',
  'then',
  'else',
  'not',
]);

const FORMATS: ReadonlySet<Json> = new Set([
  'date-time',
  'time',
  'date',
  'duration',
  'email',
  'hostname',
  'uri',
  'ipv4',
  'ipv6',
  'uuid',
]);

/** Keywords whose value is a schema, a list of schemas, or schemas by name. */
const ONE: ReadonlySet<string> = new Set(['items']);
const LIST: ReadonlySet<string> = new Set(['anyOf', 'allOf', 'oneOf', 'prefixItems']);
const NAMED: ReadonlySet<string> = new Set(['properties', '$defs', 'definitions']);

/** A schema within the subset, and whether anything had to be moved into descriptions for it. */
export type SubsetSchema = { schema: JsonObject; isChanged: boolean };

/**
 * The schema with what is not enforced put into the descriptions, and every object closed (`translation.md` §4). Keys keep
 * their order.
 */
export function toSubset(schema: JsonObject): SubsetSchema {
  let isChanged = false;
  const convert = (value: Json): Json => {
    if (!isJsonObject(value)) return value;
    const { kept, moved } = splitKeywords(value);
    if (Object.keys(moved).length > 0) isChanged = true;
    const converted = Object.fromEntries(
      Object.entries(kept).map(([key, child]) => [key, convertChild(key, child, convert)]),
    );
    return {
      ...converted,
      ...describedBy(value, moved),
      ...(isObjectSchema(value) && { additionalProperties: false }),
    };
  };
  const converted = convert(schema);
  return { schema: isJsonObject(converted) ? converted : schema, isChanged };
}

/** Whether a schema is within the subset as it stands. */
export function isInSubset(schema: Json): boolean {
  if (!isJsonObject(schema)) return true;
  if (isObjectSchema(schema) && schema['additionalProperties'] !== false) return false;
  const { moved } = splitKeywords(schema);
  return Object.keys(moved).length === 0 && childrenOf(schema).every(isInSubset);
}

function splitKeywords(schema: JsonObject): { kept: JsonObject; moved: JsonObject } {
  const isMoved = ([key, value]: [string, Json]): boolean => isUnsupported(key, value);
  const entries = Object.entries(schema);
  const kept = entries.filter((entry) => !isMoved(entry) && entry[0] !== 'additionalProperties');
  const open = schema['additionalProperties'];
  const moved = Object.fromEntries(entries.filter(isMoved));
  const isOpen = open !== undefined && open !== false && isObjectSchema(schema);
  return { kept: Object.fromEntries(kept), moved: isOpen ? { ...moved, additionalProperties: open } : moved };
}

function isUnsupported(key: string, value: Json): boolean {
  if (key === 'format') return !FORMATS.has(value);
  if (key === 'minItems') return value !== 0 && value !== 1;
  return UNSUPPORTED.has(key);
}

function isObjectSchema({ type, properties }: JsonObject): boolean {
  if (type === undefined) return isJsonObject(properties);
  return type === 'object' || (Array.isArray(type) && type.includes('object'));
}

function convertChild(key: string, child: Json, convert: (value: Json) => Json): Json {
  if (ONE.has(key)) return convert(child);
  if (LIST.has(key) && Array.isArray(child)) return child.map(convert);
  if (!NAMED.has(key) || !isJsonObject(child)) return child;
  return Object.fromEntries(Object.entries(child).map(([name, schema]) => [name, convert(schema)]));
}

function childrenOf(schema: JsonObject): Json[] {
  return Object.entries(schema).flatMap(([key, child]): Json[] => {
    if (ONE.has(key)) return [child];
    if (LIST.has(key) && Array.isArray(child)) return child;
    return NAMED.has(key) && isJsonObject(child) ? Object.values(child) : [];
  });
}

/** The moved keywords as a last paragraph of the description. */
function describedBy(schema: JsonObject, moved: JsonObject): JsonObject {
  const said = Object.entries(moved).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  if (said.length === 0) return {};
  const paragraphs = [stringAt(schema, 'description'), `{${said.join(', ')}}`];
  return { description: paragraphs.filter((each) => each !== undefined && each !== '').join('\n\n') };
}
