import { createHmac, randomBytes } from 'node:crypto';

/** The start of every admin token: what secret scanners look for. */
export const ADMIN_TOKEN_PREFIX = 'sk-ezadmin-';

/** What a secret is for; a digest for one purpose is none for another. */
type Purpose =
  | 'session'
  | 'admin-token'
  | 'csrf'
  | 'recovery-code'
  | 'invitation'
  | 'oidc-state'
  | 'oidc-nonce'
  | 'oidc-verifier'
  | 'guesser';

/** 256 random bits as text. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** What is stored of a secret of 256 bits: HMAC-SHA-256 under the pepper. */
export function digestSecret(purpose: Purpose, secret: string, pepper: Uint8Array): Uint8Array {
  return createHmac('sha256', pepper).update(`${purpose} ${secret}`).digest();
}

/** The token against forged requests of a session: it follows from the session's secret, and the secret does not follow from it. */
export function csrfTokenOf(sessionSecret: string, pepper: Uint8Array): string {
  return Buffer.from(digestSecret('csrf', sessionSecret, pepper)).toString('base64url');
}
