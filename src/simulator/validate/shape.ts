import type { Json, JsonObject } from '../../core/json.ts';
import { isJsonObject } from '../../core/json.ts';
import { invalid } from '../refusal.ts';

/**
 * What one JSON value must look like. A shape returns when the value fits.
 * @throws RequestRefused with the API's own wording when it does not.
 */
export type Shape = (value: Json, path: string) => void;

/** Fields of an object by name. */
export type Fields = Readonly<Record<string, Shape>>;

/** `path` with one more step; the root has no name of its own. */
export function under(path: string, step: string | number): string {
  return path === '' ? String(step) : `${path}.${step}`;
}

/** Anything at all: the value belongs to a feature that the simulator does not look into. */
export const anything: Shape = () => {};

/** A string with limits on its length in UTF-16 units and on its pattern. */
export function string(limits: { min?: number; max?: number; pattern?: RegExp } = {}): Shape {
  const { min = 0, max = Number.POSITIVE_INFINITY, pattern } = limits;
  return (value, path) => {
    if (typeof value !== 'string') throw invalid(path, 'Input should be a valid string');
    if (value.length < min) throw invalid(path, `String should have at least ${counted(min, 'character')}`);
    if (value.length > max) throw invalid(path, `String should have at most ${counted(max, 'character')}`);
    if (pattern && !pattern.test(value)) throw invalid(path, `String should match pattern '${pattern.source}'`);
  };
}

/** A number within inclusive limits; `whole` asks for an integer. */
export function number(limits: { min?: number; max?: number; whole?: boolean } = {}): Shape {
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, whole = false } = limits;
  return (value, path) => {
    if (typeof value !== 'number') throw invalid(path, `Input should be a valid ${whole ? 'integer' : 'number'}`);
    if (whole && !Number.isInteger(value)) {
      throw invalid(path, 'Input should be a valid integer, got a number with a fractional part');
    }
    if (value < min) throw invalid(path, `Input should be greater than or equal to ${min}`);
    if (value > max) throw invalid(path, `Input should be less than or equal to ${max}`);
  };
}

/** `true` or `false`; the strings of the same spelling are refused. */
export const boolean: Shape = (value, path) => {
  if (typeof value !== 'boolean') throw invalid(path, 'Input should be a valid boolean');
};

/** One of a few strings. */
export function oneOf(...values: readonly string[]): Shape {
  return (value, path) => {
    if (typeof value !== 'string' || !values.includes(value)) throw invalid(path, `Input should be ${listed(values)}`);
  };
}

/** `null`, or what `shape` asks for. */
export function nullable(shape: Shape): Shape {
  return (value, path) => {
    if (value !== null) shape(value, path);
  };
}

/** A list whose items all fit `item`. */
export function list(item: Shape, limits: { min?: number; max?: number } = {}): Shape {
  const { min = 0, max = Number.POSITIVE_INFINITY } = limits;
  return (value, path) => {
    if (!Array.isArray(value)) throw invalid(path, 'Input should be a valid list');
    if (value.length < min) {
      throw invalid(path, `List should have at least ${counted(min, 'item')} after validation, not ${value.length}`);
    }
    if (value.length > max) {
      throw invalid(path, `List should have at most ${counted(max, 'item')} after validation, not ${value.length}`);
    }
    value.forEach((entry, index) => {
      item(entry, under(path, index));
    });
  };
}

/** An object with these fields and no others. */
export function object(required: Fields, optional: Fields = {}): Shape {
  return (value, path) => {
    checkFields(asObject(value, path), path, required, optional);
    refuseExtras(asObject(value, path), path, [required, optional]);
  };
}

/** An object with these fields; further ones are let through. */
export function openObject(required: Fields = {}, optional: Fields = {}): Shape {
  return (value, path) => {
    checkFields(asObject(value, path), path, required, optional);
  };
}

/** A string, or what `shape` asks for. */
export function stringOr(shape: Shape): Shape {
  return (value, path) => {
    if (typeof value !== 'string') shape(value, path);
  };
}

/** An object whose `type` picks its shape; paths of its fields carry that tag, as the API's do: `source.base64.data`. */
export function tagged(shapes: Fields): Shape {
  return (value, path) => {
    const tag = tagOf(value, path);
    const shape = Object.hasOwn(shapes, tag) ? shapes[tag] : undefined;
    if (!shape) throw unknownTag(tag, path, Object.keys(shapes));
    shape(value, under(path, tag));
  };
}

/** The `type` of a tagged object. @throws RequestRefused when there is none. */
export function tagOf(value: Json, path: string): string {
  const tag = asObject(value, path)['type'];
  if (tag === undefined) throw invalid(under(path, 'type'), 'Field required');
  if (typeof tag !== 'string') throw invalid(under(path, 'type'), 'Input should be a valid string');
  return tag;
}

/** The refusal of a `type` that is not among those expected. */
export function unknownTag(tag: string, path: string, expected: readonly string[]): Error {
  const names = expected.map((name) => `'${name}'`).join(', ');
  return invalid(path, `Input tag '${tag}' found using 'type' does not match any of the expected tags: ${names}`);
}

/** Checks that required fields are there, and each known field's shape. */
function checkFields(value: JsonObject, path: string, required: Fields, optional: Fields): void {
  for (const [key, shape] of Object.entries(required)) {
    const field = value[key];
    if (field === undefined) throw invalid(under(path, key), 'Field required');
    shape(field, under(path, key));
  }
  for (const [key, shape] of Object.entries(optional)) {
    const field = value[key];
    if (field !== undefined) shape(field, under(path, key));
  }
}

function refuseExtras(value: JsonObject, path: string, known: readonly Fields[]): void {
  for (const key of Object.keys(value)) {
    if (!known.some((fields) => Object.hasOwn(fields, key))) {
      throw invalid(under(path, key), 'Extra inputs are not permitted');
    }
  }
}

function asObject(value: Json, path: string): JsonObject {
  if (!isJsonObject(value)) throw invalid(path, 'Input should be a valid dictionary');
  return value;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** `'a', 'b' or 'c'`. */
function listed(values: readonly string[]): string {
  const quoted = values.map((value) => `'${value}'`);
  const last = quoted.pop() ?? '';
  return quoted.length === 0 ? last : `${quoted.join(', ')} or ${last}`;
}
