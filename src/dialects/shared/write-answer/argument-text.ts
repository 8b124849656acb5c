import { isJsonObject, type Json } from '../../../core/json.ts';

/** The arguments of a call as text: some vendors give the object itself (P119); an empty one is a placeholder (P48). */
export function argumentText(value: Json): string {
  if (typeof value === 'string') return value;
  return isJsonObject(value) && Object.keys(value).length > 0 ? JSON.stringify(value) : '';
}
