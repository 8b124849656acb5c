import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { refuse } from '../shared/fields.ts';

/** Judges the value that stands at a path of the body. @throws GatewayError `invalid_request` naming the path. */
export type Check = (value: Json, path: string) => void;

/** The value as an object. @throws GatewayError `invalid_request`. */
export function checkObject(value: Json, path: string): JsonObject {
  if (!isJsonObject(value)) refuse(path, 'Input should be a valid dictionary');
  return value;
}

/** An object with a `type`. @throws GatewayError `invalid_request`. */
export function checkTyped(value: Json, path: string): void {
  const { type } = checkObject(value, path);
  if (type === undefined) refuse(`${path}.type`, 'Field required');
  checkString(type, `${path}.type`);
}

/** @throws GatewayError `invalid_request`. */
export function checkString(value: Json, path: string): void {
  if (typeof value !== 'string') refuse(path, 'Input should be a valid string');
}

/** @throws GatewayError `invalid_request`. */
export function checkBoolean(value: Json, path: string): void {
  if (typeof value !== 'boolean') refuse(path, 'Input should be a valid boolean');
}

/** Whether the value is a whole number from 0 up. */
export function isCount(value: Json): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** @throws GatewayError `invalid_request`. */
export function checkCount(value: Json, path: string): void {
  if (!isCount(value)) refuse(path, 'Input should be a valid integer greater than or equal to 0');
}

/** A list of which each entry passes `check`. @throws GatewayError `invalid_request`. */
export function listOf(check: Check): Check {
  return (value, path) => {
    if (!Array.isArray(value)) refuse(path, 'Input should be a valid list');
    value.forEach((entry, index) => {
      check(entry, `${path}.${index}`);
    });
  };
}

/** An object whose fields pass their checks: `required` ones must be there, `optional` ones may be absent or null. */
export function fields(
  required: Readonly<Record<string, Check>>,
  optional: Readonly<Record<string, Check>> = {},
): Check {
  return (value, path) => {
    const object = checkObject(value, path);
    for (const [name, check] of Object.entries(required)) {
      const field = object[name];
      if (field === undefined) refuse(`${path}.${name}`, 'Field required');
      check(field, `${path}.${name}`);
    }
    for (const [name, check] of Object.entries(optional)) {
      const field = object[name];
      if (field !== undefined && field !== null) check(field, `${path}.${name}`);
    }
  };
}
