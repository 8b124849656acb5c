import type { RelayTarget } from '../../../core/dialect.ts';
import { isJsonObject, type Json, type JsonObject, stringAt } from '../../../core/json.ts';
import { isSealed } from '../../../core/opaque.ts';

/** Whether an item or entry holds a sealed state at `key`. */
export function holdsSealed(value: Json, key: string): value is JsonObject {
  return isJsonObject(value) && isSealed(stringAt(value, key) ?? '');
}

/** What the upstream gave to be given back; undefined for the state of another one, which it must never see (P7). */
export function openedState(sealed: string, { provider, envelope }: RelayTarget): JsonObject | undefined {
  const state = envelope.open(sealed);
  return state?.origin === provider ? state.data : undefined;
}
