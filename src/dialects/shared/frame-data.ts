import type { Frame } from '../../core/dialect.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';

/** The JSON object that a frame carries; undefined when it is something else, which is skipped (U7). */
export function frameData({ data }: Frame): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(data);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
