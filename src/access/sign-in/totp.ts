import { createHmac, timingSafeEqual } from 'node:crypto';

/** How long a code lasts, in ms, and how many digits it has: what every authenticator takes without being told. */
const STEP = 30_000;
const DIGITS = 6;

/** Steps before and after the present one whose codes are taken too: clocks differ. */
const DRIFT = 1;

/** Bytes of a new secret, as RFC 4226 recommends. */
export const TOTP_SECRET_BYTES = 20;

/** The code of a step (RFC 6238 over HMAC-SHA-1; RFC 4226 §5.3). */
export function totpCode(secret: Uint8Array, step: number, digits: number = DIGITS): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', secret).update(counter).digest();
  const offset = (mac.at(-1) ?? 0) & 0xf;
  const number = mac.readUInt32BE(offset) & 0x7fff_ffff;
  return String(number % 10 ** digits).padStart(digits, '0');
}

/**
 * The step whose code this is, at `now` (Unix ms); undefined when it is the code of none. The caller must refuse a step that is
 * not after the last one used, or whoever saw a code could use it again.
 */
export function matchTotp(secret: Uint8Array, code: string, now: number): number | undefined {
  const present = Math.floor(now / STEP);
  const given = Buffer.from(code.padEnd(DIGITS).slice(0, DIGITS + 1));
  let matched: number | undefined;
  // All are compared, so that the time tells nothing.
  for (let step = present - DRIFT; step <= present + DRIFT; step++) {
    const expected = Buffer.from(totpCode(secret, step));
    if (given.length === expected.length && timingSafeEqual(given, expected)) matched = step;
  }
  return matched;
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Bytes as RFC 4648 base32 without padding: how people type a secret. */
export function toBase32(bytes: Uint8Array): string {
  let text = '';
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff;
    bits += 8;
    for (; bits >= 5; bits -= 5) text += BASE32.charAt((held >> (bits - 5)) & 31);
  }
  return bits === 0 ? text : text + BASE32.charAt((held << (5 - bits)) & 31);
}

/** What an authenticator reads from a QR code. */
export function otpauthUri(secret: Uint8Array, account: string): string {
  const label = encodeURIComponent(`EZModel:${account}`);
  return `otpauth://totp/${label}?secret=${toBase32(secret)}&issuer=EZModel&algorithm=SHA1&digits=${DIGITS}&period=${STEP / 1_000}`;
}
