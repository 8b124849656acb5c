import type { KeyRecord } from '../store/keys.ts';

/** Who makes a request: the holder of a key. */
export type Principal = {
  keyId: string;
  name: string;
  /** Public model names or patterns that the key may use; undefined: all. */
  models: readonly string[] | undefined;
};

/** The principal that a key stands for. */
export function principalOf(key: KeyRecord): Principal {
  return { keyId: key.id, name: key.name, models: key.models ?? undefined };
}
