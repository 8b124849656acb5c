import type { LossSink } from '../../core/dialect.ts';
import { GatewayError } from '../../core/error.ts';
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';

/**
 * Reading the fields of an OpenAI request. A path is spelled as OpenAI spells it in `error.param`: `messages[0].content`.
 * In both formats `null` stands for a field that was not sent.
 */

/** The path of a key or an index below `parent`; an empty parent is the body itself. */
export function pathOf(parent: string, key: string | number): string {
  if (typeof key === 'number') return `${parent}[${key}]`;
  return parent === '' ? key : `${parent}.${key}`;
}

/** @throws GatewayError `invalid_request` naming the field, always. */
export function refuse(field: string, problem: string, code?: string): never {
  throw new GatewayError('invalid_request', `${field}: ${problem}`, { field, code });
}

/** The value at `key`; undefined when it is absent or null. */
export function valueAt(object: JsonObject, key: string): Json | undefined {
  return object[key] ?? undefined;
}

/** @throws GatewayError `invalid_request` when the value is there and no string. */
export function readString(object: JsonObject, key: string, parent: string): string | undefined {
  const value = valueAt(object, key);
  return value === undefined ? undefined : asString(value, pathOf(parent, key));
}

/** @throws GatewayError `invalid_request` when the value is missing, empty, or no string. */
export function requireString(object: JsonObject, key: string, parent: string): string {
  const value = readString(object, key, parent);
  if (value === undefined) refuse(pathOf(parent, key), 'Missing required parameter');
  if (value === '') refuse(pathOf(parent, key), 'Must not be empty');
  return value;
}

/** @throws GatewayError `invalid_request` when the value is there and no boolean. */
export function readBoolean(object: JsonObject, key: string, parent: string): boolean | undefined {
  const value = valueAt(object, key);
  return value === undefined ? undefined : asBoolean(value, pathOf(parent, key));
}

/** @throws GatewayError `invalid_request` when the value is there and no object. */
export function readObject(object: JsonObject, key: string, parent: string): JsonObject | undefined {
  const value = valueAt(object, key);
  return value === undefined ? undefined : asObject(value, pathOf(parent, key));
}

/** Empty for a list that was not sent. @throws GatewayError `invalid_request` when the value is there and no list. */
export function readList(object: JsonObject, key: string, parent: string): Json[] {
  const value = valueAt(object, key);
  return value === undefined ? [] : asList(value, pathOf(parent, key));
}

/** @throws GatewayError `invalid_request` when the value is no string. */
export function asString(value: Json, field: string): string {
  if (typeof value !== 'string') refuse(field, 'Must be a string');
  return value;
}

/** @throws GatewayError `invalid_request` when the value is no boolean. */
export function asBoolean(value: Json, field: string): boolean {
  if (typeof value !== 'boolean') refuse(field, 'Must be a boolean');
  return value;
}

/** @throws GatewayError `invalid_request` when the value is no object. */
export function asObject(value: Json, field: string): JsonObject {
  if (!isJsonObject(value)) refuse(field, 'Must be an object');
  return value;
}

/** @throws GatewayError `invalid_request` when the value is no list. */
export function asList(value: Json, field: string): Json[] {
  if (!Array.isArray(value)) refuse(field, 'Must be a list');
  return value;
}

/** @throws GatewayError `invalid_request` when the value is no number within the limits, both included. */
export function asNumber(value: Json, field: string, least: number, most: number): number {
  if (typeof value !== 'number') refuse(field, 'Must be a number');
  if (!(value >= least && value <= most)) refuse(field, `Must be between ${least} and ${most}`);
  return value;
}

/** @throws GatewayError `invalid_request` when the value is no whole number of at least `least`. */
export function asInteger(value: Json, field: string, least: number): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) refuse(field, 'Must be an integer');
  if (value < least) refuse(field, `Must be at least ${least}`);
  return value;
}

/** Reports each field that nobody reads (law Loss); what is null was not sent. */
export function reportUnknown(object: JsonObject, known: ReadonlySet<string>, parent: string, report: LossSink): void {
  for (const [key, value] of Object.entries(object)) {
    if (value !== null && !known.has(key)) report({ code: 'unknown_field', field: pathOf(parent, key) });
  }
}
