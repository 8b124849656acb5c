import type { Json, JsonObject } from '../core/json.ts';
import { isJsonObject } from '../core/json.ts';
import { numberFor, stringFor } from './argument-values.ts';

/** Values that a JSON Schema accepts, filled from what the user wrote. */

/** Below this depth only what is required is filled, and alternatives are no longer followed. */
const DEEPEST = 12;
/** Recursive schemas have no natural end, and generous ones ask for millions of items. */
const MOST_DEPTH = 48;
const MOST_VALUES = 1000;
const MOST_ITEMS = 100;

/** A schema with what is needed to fill it. */
type Filling = {
  /** Where `$ref` starts. */
  root: JsonObject;
  /** What the user wrote. */
  text: string;
  depth: number;
  /** Values that may still be made; shared by the whole filling. */
  budget: { left: number };
  /** Property name and description that lead here. */
  hint: string;
};

/**
 * A value for `schema`, the same for the same text: required properties only, or the first one where none is required.
 * @param text what the user wrote; strings and numbers come from it where they fit.
 */
export function valueFor(schema: Json, text: string): Json {
  return fill(schema, {
    root: isJsonObject(schema) ? schema : {},
    text,
    depth: 0,
    budget: { left: MOST_VALUES },
    hint: '',
  });
}

/** A call's input: always an object. */
export function inputFor(schema: Json, text: string): JsonObject {
  const value = valueFor(schema, text);
  return isJsonObject(value) ? value : {};
}

function fill(schema: Json, filling: Filling): Json {
  if (!isJsonObject(schema)) return filling.text;
  filling.budget.left -= 1;
  if (filling.depth > MOST_DEPTH || filling.budget.left < 0) return null;
  const resolved = resolve(schema, filling.root);
  const hint =
    typeof resolved['description'] === 'string' ? `${filling.hint} ${resolved['description']}` : filling.hint;
  const deeper = { ...filling, hint, depth: filling.depth + 1 };
  if (resolved['const'] !== undefined) return resolved['const'];
  if (Array.isArray(resolved['enum'])) return fromEnum(resolved['enum'], filling.text);
  const branch = firstBranch(resolved);
  if (branch !== undefined && filling.depth < DEEPEST) return fill(branch, deeper);
  return fillType(typeOf(resolved), resolved, deeper);
}

function fillType(type: string, schema: JsonObject, filling: Filling): Json {
  switch (type) {
    case 'object':
      return fillObject(schema, filling);
    case 'array':
      return fillArray(schema, filling);
    case 'number':
    case 'integer':
      return numberFor(schema, filling.text, type === 'integer');
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return stringFor(schema, filling.text, filling.hint);
  }
}

function fillObject(schema: JsonObject, filling: Filling): JsonObject {
  const properties = isJsonObject(schema['properties']) ? schema['properties'] : {};
  const required = Array.isArray(schema['required'])
    ? schema['required'].filter((name) => typeof name === 'string')
    : [];
  const first = Object.keys(properties).slice(0, 1);
  const names = required.length > 0 || filling.depth >= DEEPEST ? required : first;
  // Not `{}` with assignments: a property may be called `__proto__`.
  return Object.fromEntries(
    names.map((name) => [name, fill(ownProperty(properties, name), { ...filling, hint: name })]),
  );
}

function ownProperty(properties: JsonObject, name: string): Json {
  return (Object.hasOwn(properties, name) ? properties[name] : undefined) ?? {};
}

function fillArray(schema: JsonObject, filling: Filling): Json[] {
  const prefix = Array.isArray(schema['prefixItems']) ? schema['prefixItems'] : [];
  const fewest = typeof schema['minItems'] === 'number' ? schema['minItems'] : 0;
  const most = typeof schema['maxItems'] === 'number' ? schema['maxItems'] : Number.POSITIVE_INFINITY;
  const sensible = filling.depth >= DEEPEST ? fewest : Math.min(Math.max(fewest, prefix.length, 1), most);
  const items = schema['items'] ?? {};
  return Array.from({ length: Math.min(sensible, MOST_ITEMS) }, (_, index) =>
    fillItem(prefix[index] ?? items, index, schema, filling),
  );
}

/** Where items must differ, each is filled from another text. */
function fillItem(item: Json, index: number, schema: JsonObject, filling: Filling): Json {
  if (schema['uniqueItems'] !== true || index === 0) return fill(item, filling);
  const values = isJsonObject(item) && Array.isArray(item['enum']) ? item['enum'] : undefined;
  return values?.[index] ?? fill(item, { ...filling, text: `${index} ${filling.text}` });
}

/** Follows a `$ref` into this same schema; an unknown one accepts anything. */
function resolve(schema: JsonObject, root: JsonObject): JsonObject {
  let current = schema;
  for (let hops = 0; hops < DEEPEST && typeof current['$ref'] === 'string'; hops += 1) {
    const { $ref: reference, ...siblings } = current;
    current = { ...pointed(root, String(reference)), ...siblings };
  }
  return mergeAllOf(current, root);
}

function pointed(root: JsonObject, reference: string): JsonObject {
  let at: Json = root;
  for (const step of reference
    .replace(/^#\/?/, '')
    .split('/')
    .filter((part) => part !== '')) {
    const key = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
    at = isJsonObject(at) && Object.hasOwn(at, key) ? (at[key] ?? {}) : {};
  }
  return isJsonObject(at) ? at : {};
}

/** `allOf` as one schema: properties and required names add up, other keywords overlay. */
function mergeAllOf(schema: JsonObject, root: JsonObject): JsonObject {
  const parts = schema['allOf'];
  if (!Array.isArray(parts)) return schema;
  const { allOf: _parts, ...own } = schema;
  return parts
    .filter(isJsonObject)
    .map((part) => (typeof part['$ref'] === 'string' ? pointed(root, part['$ref']) : part))
    .reduce(merge, own);
}

function merge(one: JsonObject, other: JsonObject): JsonObject {
  const properties = { ...asObject(one['properties']), ...asObject(other['properties']) };
  const required = [...asList(one['required']), ...asList(other['required'])];
  return { ...one, ...other, properties, required };
}

function asObject(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function asList(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

/** The first alternative of `anyOf` or `oneOf` that is more than `null`. */
function firstBranch(schema: JsonObject): Json | undefined {
  const branches = [...asList(schema['anyOf']), ...asList(schema['oneOf'])];
  return branches.find((branch) => asObject(branch)['type'] !== 'null') ?? branches[0];
}

/** The schema's type; of several the first that is more than `null`; without one, what its keywords speak of. */
function typeOf(schema: JsonObject): string {
  const type = schema['type'];
  if (typeof type === 'string') return type;
  if (Array.isArray(type)) return String(type.find((name) => name !== 'null') ?? 'null');
  if ('properties' in schema) return 'object';
  return 'items' in schema || 'prefixItems' in schema ? 'array' : 'string';
}

/** The listed value that the user named, else the first. */
function fromEnum(values: readonly Json[], text: string): Json {
  const lower = text.toLowerCase();
  const named = values.find(
    (value) => typeof value === 'string' && value !== '' && lower.includes(value.toLowerCase()),
  );
  return named ?? values[0] ?? null;
}
