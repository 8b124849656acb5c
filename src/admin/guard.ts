import { timingSafeEqual } from 'node:crypto';
import type { Identity } from '../access/sign-in/identify.ts';
import { AdminError } from './problem.ts';

/** The cookie of a session: bound to this host, sent over TLS or to this machine only, unseen by scripts and by other sites. */
export const SESSION_COOKIE = '__Host-ezmodel';

/** The cookie of a sign-in by an identity provider that has begun: unlike the session's it comes along when that leads back to us. */
export const FLOW_COOKIE = '__Host-ezmodel-flow';

/** The header that repeats the session's token against forged requests. */
export const CSRF_HEADER = 'x-ezmodel-csrf';

/**
 * Refuses what another site's page may have sent: a browser tells where a request comes from, and a session's token must be
 * repeated by hand. Reading requests change nothing, and their answers cannot be read across sites.
 * @throws AdminError `forged_request`.
 */
export function refuseForgery(method: string, headers: Headers, identity: Identity | undefined): void {
  if (method === 'GET' || method === 'HEAD') return;
  const site = headers.get('sec-fetch-site');
  if (site !== null && site !== 'same-origin' && site !== 'none') throw new AdminError('forged_request');
  const origin = headers.get('origin');
  if (origin !== null && hostOf(origin) !== headers.get('host')) throw new AdminError('forged_request');
  // A token of a program is in no browser: nothing sends it but that program.
  if (identity?.kind === 'user' && !isSame(headers.get(CSRF_HEADER) ?? '', identity.csrfToken)) {
    throw new AdminError('forged_request', `${CSRF_HEADER}: the header is missing or wrong`);
  }
}

/** Undefined for what is no origin, such as `null`. */
function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** On every answer of the admin API. */
export const SECURITY_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const;
