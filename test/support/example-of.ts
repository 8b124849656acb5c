import { z } from '@hono/zod-openapi';
import { isJsonObject, type Json, type JsonObject } from '../../src/core/json.ts';

/** The smallest object that a schema of the admin API allows: what it requires, and no more. */
export function exampleOf(schema: z.ZodObject): JsonObject {
  const written: unknown = JSON.parse(JSON.stringify(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })));
  return isJsonObject(written) ? exampleObject(written) : {};
}

function fromSchema(schema: Json | undefined): Json {
  if (!isJsonObject(schema)) return 'x';
  const { type, enum: allowed, const: only, anyOf, default: preset } = schema;
  if (only !== undefined) return only;
  if (preset !== undefined) return preset;
  if (Array.isArray(allowed)) return allowed[0] ?? null;
  if (Array.isArray(anyOf)) return fromSchema(anyOf[0]);
  switch (type) {
    case 'object':
      return exampleObject(schema);
    case 'array':
      return Array.from({ length: Number(schema['minItems'] ?? 0) }, () => fromSchema(schema['items']));
    case 'integer':
    case 'number':
      return Math.max(1, Number(schema['minimum'] ?? 1), Number(schema['exclusiveMinimum'] ?? 0) + 1);
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return exampleText(schema);
  }
}

function exampleObject({ properties, required }: JsonObject): JsonObject {
  const names = Array.isArray(required) ? required.map(String) : [];
  const shapes = isJsonObject(properties) ? properties : {};
  return Object.fromEntries(names.map((name) => [name, fromSchema(shapes[name])]));
}

function exampleText({ format, minLength }: JsonObject): string {
  if (format === 'email') return 'someone@example.org';
  if (format === 'uri') return 'https://example.org';
  return 'x'.repeat(Math.max(1, Number(minLength ?? 1)));
}
