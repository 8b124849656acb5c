import { createHash } from 'node:crypto';
import { keepPepperFingerprint } from '../store/fingerprint.ts';
import type { Store } from '../store/open.ts';
import { PepperError } from './pepper.ts';

/**
 * Makes sure that the keys of a database which several nodes share can be checked with this node's pepper: the first node
 * leaves a fingerprint (48 bits of a hash), all others must have the same.
 * @throws PepperError (as a rejection) when this node has another pepper.
 */
export async function confirmPepper(store: Store, pepper: Uint8Array): Promise<void> {
  if (store.kind === 'sqlite') return;
  const fingerprint = createHash('sha256')
    .update('ezmodel pepper fingerprint\n')
    .update(pepper)
    .digest()
    .readUIntBE(0, 6);
  if ((await keepPepperFingerprint(store, fingerprint)) === fingerprint) return;
  throw new PepperError(
    `the API keys in ${store.place} were made with another secret: set EZMODEL_SECRET to the same text on every node`,
  );
}
