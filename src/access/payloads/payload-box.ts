import { gunzipSync, gzipSync } from 'node:zlib';
import type { Store } from '../../store/open.ts';
import { findPayload, type PayloadEntry } from '../../store/payloads.ts';
import type { SealedPlace } from '../sealing/envelope.ts';
import type { Sealer } from '../sealing/sealer.ts';
import type { PayloadDocument } from './document.ts';

/** A document packed and sealed, bound to its row. */
export function boxDocument(sealer: Sealer, exchangeId: string, document: PayloadDocument): Uint8Array {
  return sealer.seal(gzipSync(JSON.stringify(document)), placeOf(exchangeId));
}

/** A payload as an operator reads it. */
export type OpenedPayload = { entry: PayloadEntry; document: PayloadDocument };

/**
 * What is kept of an exchange and has not expired; undefined when there is nothing.
 * @param now Unix ms.
 * @throws SealError (as a rejection) when its key is not here, or it was changed.
 */
export async function readPayload(
  store: Store,
  sealer: Sealer,
  exchangeId: string,
  now: number,
): Promise<OpenedPayload | undefined> {
  const found = await findPayload(store, exchangeId, now);
  if (found === undefined) return undefined;
  const { sealed, ...entry } = found;
  const document: unknown = JSON.parse(gunzipSync(sealer.open(sealed, placeOf(exchangeId))).toString());
  if (!isDocument(document)) throw new Error(`the payload of ${exchangeId} was written by another version of EZModel`);
  return { entry, document };
}

/** Only we can have sealed it: its version says what it is. */
function isDocument(value: unknown): value is PayloadDocument {
  return typeof value === 'object' && value !== null && 'version' in value && value.version === 1;
}

function placeOf(exchangeId: string): SealedPlace {
  return { table: 'payloads', id: exchangeId, column: 'sealed' };
}
