/** A value as `JSON.parse` returns it: what a wire body holds before it has been narrowed. */
export type Json = string | number | boolean | null | Json[] | JsonObject;

/** A JSON object; keys are wire data and may be anything, `__proto__` included. */
export type JsonObject = { [key: string]: Json };

/** True for a plain JSON object: not null, not an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The string at `key`, or undefined when it is absent or of another type. */
export function stringAt(object: JsonObject, key: string): string | undefined {
  const value = object[key];
  return typeof value === 'string' ? value : undefined;
}

/** The finite number at `key`, or undefined when it is absent or of another type. */
export function numberAt(object: JsonObject, key: string): number | undefined {
  const value = object[key];
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** The object at `key`, or undefined when it is absent or of another type. */
export function objectAt(object: JsonObject, key: string): JsonObject | undefined {
  const value = object[key];
  return isJsonObject(value) ? value : undefined;
}
