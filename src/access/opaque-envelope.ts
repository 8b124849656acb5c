import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { isJsonObject } from '../core/json.ts';
import { type OpaqueEnvelope, type OpaqueState, SEAL_TAG } from '../core/opaque.ts';

const KEY_LENGTH = 32;
const MAC_LENGTH = 16;

/**
 * The envelope of a data directory: `ezm1.<payload>.<mac>`, both base64url. It is authenticated, not encrypted: what is inside
 * came to this client from an upstream anyway.
 * @param pepper the secret of the data directory; the key is derived from it.
 */
export function createEnvelope(pepper: Uint8Array): OpaqueEnvelope {
  const key = Buffer.from(hkdfSync('sha256', pepper, '', 'ezmodel opaque envelope', KEY_LENGTH));
  const macOf = (payload: string) => createHmac('sha256', key).update(payload).digest().subarray(0, MAC_LENGTH);

  return {
    seal: (state) => {
      const payload = Buffer.from(JSON.stringify([state.origin, state.data])).toString('base64url');
      return `${SEAL_TAG}${payload}.${macOf(payload).toString('base64url')}`;
    },
    open: (text) => {
      if (!text.startsWith(SEAL_TAG)) return undefined;
      const [payload = '', mac = ''] = text.slice(SEAL_TAG.length).split('.');
      const given = Buffer.from(mac, 'base64url');
      if (given.length !== MAC_LENGTH || !timingSafeEqual(given, macOf(payload))) return undefined;
      return readState(Buffer.from(payload, 'base64url').toString());
    },
  };
}

function readState(text: string): OpaqueState | undefined {
  const value: unknown = JSON.parse(text);
  if (!Array.isArray(value)) return undefined;
  const [origin, data]: unknown[] = value;
  return typeof origin === 'string' && isJsonObject(data) ? { origin, data } : undefined;
}
