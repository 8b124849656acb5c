import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../core/json.ts';
import { fitsStrictSubset } from './strict-subset.ts';

const closed = (properties: JsonObject): JsonObject => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});

describe("OpenAI's strict subset of JSON Schema", () => {
  it.each<{ name: string; schema: JsonObject }>([
    { name: 'a closed object whose properties are all required', schema: closed({ a: { type: 'string' } }) },
    { name: 'an object without properties', schema: { type: 'object', additionalProperties: false } },
    {
      name: 'nested objects, lists and unions',
      schema: closed({ a: { anyOf: [closed({ b: { type: 'null' } }), { type: 'array', items: closed({}) }] } }),
    },
    { name: 'references', schema: { ...closed({ a: { $ref: '#/$defs/b' } }), $defs: { b: closed({}) } } },
    { name: 'a nullable value of a known format', schema: closed({ a: { type: ['string', 'null'], format: 'date' } }) },
  ])('takes $name', ({ schema }) => {
    expect(fitsStrictSubset(schema)).toBe(true);
  });

  it.each<{ name: string; schema: JsonObject }>([
    { name: 'P124 an optional property', schema: { ...closed({ a: {}, b: {} }), required: ['a'] } },
    { name: 'an open object', schema: { ...closed({ a: {} }), additionalProperties: true } },
    { name: 'an open object further in', schema: closed({ a: { type: 'object', properties: {} } }) },
    { name: 'a union at the top', schema: { ...closed({}), anyOf: [closed({})] } },
    { name: 'no object at the top', schema: { type: 'array', items: { type: 'string' } } },
    { name: 'an unknown keyword', schema: closed({ a: { type: 'string', default: 'x' } }) },
    { name: 'an unknown format', schema: closed({ a: { type: 'string', format: 'uri' } }) },
    { name: 'a list of anything', schema: closed({ a: { type: 'array' } }) },
    { name: 'a schema that is only true', schema: closed({ a: true }) },
  ])('does not take $name', ({ schema }) => {
    expect(fitsStrictSubset(schema)).toBe(false);
  });

  it('does not take more than ten levels', () => {
    const nested = (levels: number): JsonObject => closed(levels === 0 ? {} : { a: nested(levels - 1) });
    expect([fitsStrictSubset(nested(10)), fitsStrictSubset(nested(11))]).toEqual([true, false]);
  });
});
