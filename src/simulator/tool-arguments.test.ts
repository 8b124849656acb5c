import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../core/json.ts';
import { isJsonObject } from '../core/json.ts';
import { inputFor, valueFor } from './tool-arguments.ts';

/** A checker of the keywords that the generated schemas use, written apart from the code under test. */
function accepts(schema: JsonObject, value: Json): boolean {
  if (schema['const'] !== undefined) return JSON.stringify(value) === JSON.stringify(schema['const']);
  if (Array.isArray(schema['enum'])) return schema['enum'].includes(value);
  if (Array.isArray(schema['anyOf']))
    return schema['anyOf'].some((branch) => isJsonObject(branch) && accepts(branch, value));
  switch (schema['type']) {
    case 'string':
      return typeof value === 'string' && within(Array.from(value).length, schema['minLength'], schema['maxLength']);
    case 'integer':
      return Number.isInteger(value) && within(value, schema['minimum'], schema['maximum']);
    case 'number':
      return typeof value === 'number' && within(value, schema['minimum'], schema['maximum']);
    case 'boolean':
      return typeof value === 'boolean';
    case 'array':
      return (
        Array.isArray(value) &&
        within(value.length, schema['minItems'], schema['maxItems']) &&
        value.every((item) => isJsonObject(schema['items']) && accepts(schema['items'], item))
      );
    default: {
      const properties = isJsonObject(schema['properties']) ? schema['properties'] : {};
      const required = Array.isArray(schema['required']) ? schema['required'] : [];
      return (
        isJsonObject(value) &&
        required.every((name) => Object.hasOwn(value, String(name))) &&
        Object.entries(value).every(([name, item]) => isJsonObject(properties[name]) && accepts(properties[name], item))
      );
    }
  }
}

function within(size: Json, low: Json | undefined, high: Json | undefined): boolean {
  return (
    Number(size) >= Number(low ?? Number.NEGATIVE_INFINITY) && Number(size) <= Number(high ?? Number.POSITIVE_INFINITY)
  );
}

const range = (low: string, high: string, max: number): fc.Arbitrary<JsonObject> =>
  fc
    .tuple(fc.nat(max), fc.nat(max))
    .map(([one, other]) => ({ [low]: Math.min(one, other), [high]: Math.max(one, other) }));

const { schema } = fc.letrec<{ schema: JsonObject }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 4 },
    range('minLength', 'maxLength', 30).map((limits): JsonObject => ({ type: 'string', ...limits })),
    range('minimum', 'maximum', 1000).map((limits): JsonObject => ({ type: 'integer', ...limits })),
    range('minimum', 'maximum', 1000).map((limits): JsonObject => ({ type: 'number', ...limits })),
    fc.constant<JsonObject>({ type: 'boolean' }),
    fc.array(fc.string(), { minLength: 1, maxLength: 4 }).map((values): JsonObject => ({ enum: values })),
    fc
      .jsonValue()
      .filter((value) => value !== null)
      .map((value): JsonObject => ({ const: JSON.parse(JSON.stringify(value)) })),
    fc
      .tuple(tie('schema'), range('minItems', 'maxItems', 4))
      .map(([items, limits]): JsonObject => ({ type: 'array', items, ...limits })),
    fc.array(tie('schema'), { minLength: 1, maxLength: 3 }).map((anyOf): JsonObject => ({ anyOf })),
    fc
      .dictionary(fc.string(), tie('schema'), { maxKeys: 4 })
      .map((properties): JsonObject => ({ type: 'object', properties, required: Object.keys(properties) })),
  ),
}));

describe('generated arguments', () => {
  test('fit any schema of the common keywords, whatever the user wrote', () => {
    fc.assert(
      fc.property(schema, fc.string({ unit: 'grapheme' }), (wanted, text) => {
        expect(accepts(wanted, valueFor(wanted, text))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test.each<[string, JsonObject, string, Json]>([
    [
      'the city after a preposition',
      { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
      'What is the weather in San Francisco, please?',
      { city: 'San Francisco' },
    ],
    [
      'a Chinese city before its topic',
      { type: 'object', properties: { location: { type: 'string' } }, required: ['location'] },
      '请问上海明天会下雨吗?',
      { location: '上海' },
    ],
    [
      'a number of the text',
      { type: 'object', properties: { days: { type: 'integer', minimum: 1, maximum: 14 } }, required: ['days'] },
      '2026: forecast for 7 days',
      { days: 7 },
    ],
    [
      'a date',
      { type: 'object', properties: { day: { type: 'string', format: 'date' } }, required: ['day'] },
      'on 2025-12-24 please',
      { day: '2025-12-24' },
    ],
    [
      'a local reference',
      {
        type: 'object',
        properties: { unit: { $ref: '#/$defs/unit' } },
        required: ['unit'],
        $defs: { unit: { enum: ['c', 'f'] } },
      },
      'x',
      { unit: 'c' },
    ],
    [
      'the first branch that is not null',
      {
        type: 'object',
        properties: { a: { anyOf: [{ type: 'null' }, { type: 'integer', minimum: 5 }] } },
        required: ['a'],
      },
      'x',
      { a: 5 },
    ],
    [
      'the first property where none is required',
      { type: 'object', properties: { q: { type: 'string' }, r: { type: 'string' } } },
      'find',
      { q: 'find' },
    ],
    [
      'a pattern',
      { type: 'object', properties: { code: { type: 'string', pattern: '^[A-Z]{3}$' } }, required: ['code'] },
      'in usd',
      { code: 'ABC' },
    ],
    [
      'a multiple',
      { type: 'object', properties: { n: { type: 'integer', exclusiveMinimum: 10, multipleOf: 4 } }, required: ['n'] },
      'x',
      { n: 16 },
    ],
    [
      'one of a type list',
      { type: 'object', properties: { n: { type: ['null', 'boolean'] } }, required: ['n'] },
      'x',
      { n: true },
    ],
    [
      'parts of allOf',
      {
        type: 'object',
        properties: {
          n: {
            allOf: [
              { type: 'object', properties: { a: { const: 1 } }, required: ['a'] },
              { properties: { b: { const: 2 } }, required: ['b'] },
            ],
          },
        },
        required: ['n'],
      },
      'x',
      { n: { a: 1, b: 2 } },
    ],
  ])('take %s', (_name, wanted, text, value) => {
    expect(inputFor(wanted, text)).toEqual(value);
  });

  test('a schema that needs itself comes to an end', () => {
    const tree: JsonObject = { type: 'object', properties: { child: { $ref: '#' } }, required: ['child'] };
    expect(JSON.stringify(inputFor(tree, 'x')).length).toBeLessThan(1000);
  });

  test('a reference to itself alone, and a pattern made to run for ever, do no harm', () => {
    const loop: JsonObject = {
      type: 'object',
      properties: { a: { $ref: '#/$defs/a' }, b: { type: 'string', pattern: '^(a+)+$' } },
      required: ['a', 'b'],
      $defs: { a: { $ref: '#/$defs/a' } },
    };
    expect(inputFor(loop, 'a'.repeat(40))).toHaveProperty('b');
  });

  test('an own property called __proto__ is data', () => {
    const odd: JsonObject = JSON.parse(
      '{"type":"object","properties":{"__proto__":{"const":1}},"required":["__proto__"]}',
    );
    expect(Object.entries(inputFor(odd, 'x'))).toEqual([['__proto__', 1]]);
  });
});
