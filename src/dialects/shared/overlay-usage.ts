import type { JsonObject } from '../../core/json.ts';
import type { Usage } from '../../core/usage.ts';

/**
 * Usage after a later usage object: what it reports replaces; what it leaves out, nulls or garbles stays (P56, U20).
 * @param read reads a usage object of the dialect.
 */
export function overlayUsage(earlier: Usage, wire: JsonObject, read: (wire: JsonObject) => Usage): Usage {
  const reported = Object.fromEntries(Object.entries(wire).filter(([, value]) => value !== null));
  return { ...earlier, ...read({ ...earlier.raw, ...reported }) };
}
