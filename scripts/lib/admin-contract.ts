import { z } from '@hono/zod-openapi';
import type { Endpoint } from '../../src/admin/endpoint.ts';
import { ENDPOINTS } from '../../src/admin/endpoints.ts';

/** A JSON Schema, or what stands in the place of one. */
type Schema = z.core.JSONSchema.BaseSchema;

/** The TypeScript types of the admin API, one line an endpoint: what `src/admin/contract.ts` holds. */
export function renderAdminContract(): string {
  return [
    '// Made from the table of endpoints by `npm run admin-docs`: change that table, not this file.',
    '',
    '/** Each endpoint of the admin API, by method and path under `/admin/api`: what it takes and what it answers. */',
    'export type AdminApi = {',
    ...ENDPOINTS.map(lineOf),
    '};',
    '',
  ].join('\n');
}

function lineOf({ method, path, params, query, body, answer }: Endpoint): string {
  const parts = [
    ['params', typeOf(params, 'input', 'string')],
    ['query', typeOf(query, 'input', 'string | number | boolean')],
    ['body', typeOf(body, 'input', 'unknown')],
    ['answer', typeOf(answer, 'output', 'unknown')],
  ];
  return `  '${method.toUpperCase()} ${path}': { ${parts.map(([name, type]) => `${name}: ${type}`).join('; ')} };`;
}

function typeOf(schema: z.ZodType, io: 'input' | 'output', anything: string): string {
  const document: Schema = z.toJSONSchema(schema, { io, unrepresentable: 'any', reused: 'inline' });
  return spell(document, anything);
}

function spell(schema: Schema | boolean, anything: string): string {
  if (typeof schema === 'boolean') return 'unknown';
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return [...new Set(choices.map((choice) => spell(choice, anything)))].join(' | ');
  if (schema.allOf) return schema.allOf.map((part) => `(${spell(part, anything)})`).join(' & ');
  const types = [schema.type ?? []].flat();
  if (types.length === 0) return anything;
  return types.map((type) => spellType(type, schema, anything)).join(' | ');
}

function spellType(type: string, schema: Schema, anything: string): string {
  switch (type) {
    case 'string':
    case 'boolean':
    case 'null':
      return type;
    case 'integer':
    case 'number':
      return 'number';
    case 'array':
      return `(${spellItems(schema.items, anything)})[]`;
    case 'object':
      return spellObject(schema, anything);
    default:
      return 'unknown';
  }
}

function spellItems(items: Schema['items'], anything: string): string {
  return typeof items === 'object' && !Array.isArray(items) ? spell(items, anything) : 'unknown';
}

function spellObject({ properties = {}, required = [], additionalProperties }: Schema, anything: string): string {
  const fields = Object.entries(properties).map(([name, field]) => {
    const isOptional = !required.includes(name);
    const key = /^[a-z_]\w*$/i.test(name) ? name : JSON.stringify(name);
    return `${key}${isOptional ? '?' : ''}: ${spell(field, anything)}${isOptional ? ' | undefined' : ''}`;
  });
  if (fields.length > 0) return `{ ${fields.join('; ')} }`;
  if (typeof additionalProperties !== 'object') return additionalProperties === false ? 'Record<string, never>' : '{}';
  return `Record<string, ${spell(additionalProperties, anything)}>`;
}
