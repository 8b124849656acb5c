import { isJsonObject, type Json, type JsonObject, objectAt, stringAt } from '../../core/json.ts';
import { refuse } from '../shared/fields.ts';
import type { Formatting } from './formatting.ts';

/** What the API does not take at the top of an `input_schema` (`anthropic-surface.md` §6). */
const UNIONS = ['allOf', 'anyOf', 'oneOf'] as const;

/** A local reference inside a schema. */
const LOCAL_REFERENCE = /^#\/(\$defs|definitions)\/([^/]+)$/;

/**
 * The `input_schema` of a tool: as the caller wrote it (P68), or, where that is a union, one object that holds the
 * properties of all of it (P87): the arguments keep their shape.
 * @throws GatewayError `invalid_request` for a schema of something other than an object.
 */
export function inputSchema(schema: JsonObject | undefined, path: string, { losses }: Formatting): JsonObject {
  if (!schema || Object.keys(schema).length === 0) return { type: 'object', properties: {} };
  const { type } = schema;
  const isMixed = Array.isArray(type) && type.includes('object');
  if (type !== undefined && type !== 'object' && !isMixed) refuse(path, 'The schema of a tool must be of type object');
  const isUnion = UNIONS.some((key) => Object.hasOwn(schema, key));
  if (isUnion || isMixed) losses.add('tool_schema_changed', path);
  if (isUnion) return flatten(schema);
  return type === 'object' ? schema : { ...schema, type: 'object' };
}

/** What each property may be, by its name; the texts of the schemas tell them apart. */
type Properties = Map<string, Map<string, Json>>;

type Members = { properties: Properties; required: ReadonlySet<Json> };

const NONE: Members = { properties: new Map(), required: new Set() };

function flatten(schema: JsonObject): JsonObject {
  const { allOf: _allOf, anyOf: _anyOf, oneOf: _oneOf, properties: _own, required: _needed, ...rest } = schema;
  const { properties, required } = new MemberReader(schema).read(schema);
  const either = [...properties].map(([name, schemas]): [string, Json] => {
    const [first = {}, ...others] = schemas.values();
    return [name, others.length === 0 ? first : { anyOf: [first, ...others] }];
  });
  const needed = required.size > 0 ? { required: [...required] } : {};
  return { ...rest, type: 'object', properties: Object.fromEntries(either), ...needed };
}

/** Reads the properties of a schema and all its branches; required is what every branch requires. */
class MemberReader {
  private readonly root: JsonObject;
  /** What references stand for: each is followed once, so that one to itself ends. */
  private readonly known = new Map<string, Members>();

  constructor(root: JsonObject) {
    this.root = root;
  }

  read(value: Json): Members {
    if (!isJsonObject(value)) return NONE;
    const reference = stringAt(value, '$ref');
    return reference === undefined ? this.readSchema(value) : this.follow(reference);
  }

  private follow(reference: string): Members {
    const known = this.known.get(reference);
    if (known) return known;
    this.known.set(reference, NONE);
    const [, section, name] = LOCAL_REFERENCE.exec(reference) ?? [];
    if (section === undefined || name === undefined) return NONE;
    const members = this.read(objectAt(this.root, section)?.[name] ?? null);
    this.known.set(reference, members);
    return members;
  }

  private readSchema(schema: JsonObject): Members {
    const own = Object.entries(objectAt(schema, 'properties') ?? {});
    const properties: Properties = new Map();
    for (const [name, property] of own) properties.set(name, new Map([[JSON.stringify(property), property]]));
    const required = new Set(listAt(schema, 'required'));
    for (const part of this.branches(schema, 'allOf')) {
      addProperties(properties, part.properties);
      for (const name of part.required) required.add(name);
    }
    for (const union of ['anyOf', 'oneOf'] as const) {
      const [first, ...others] = this.branches(schema, union);
      if (!first) continue;
      for (const branch of [first, ...others]) addProperties(properties, branch.properties);
      const inAll = [...first.required].filter((name) => others.every((branch) => branch.required.has(name)));
      for (const name of inAll) required.add(name);
    }
    return { properties, required };
  }

  /** A branch that is there twice says nothing new. */
  private branches(schema: JsonObject, union: (typeof UNIONS)[number]): Members[] {
    return [...new Set(listAt(schema, union).map((branch) => this.read(branch)))];
  }
}

function addProperties(to: Properties, from: Properties): void {
  for (const [name, schemas] of from) {
    const known = to.get(name) ?? new Map<string, Json>();
    for (const [text, schema] of schemas) known.set(text, schema);
    to.set(name, known);
  }
}

function listAt(schema: JsonObject, key: string): Json[] {
  const list = schema[key];
  return Array.isArray(list) ? list : [];
}
