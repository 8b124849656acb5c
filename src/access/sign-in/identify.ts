import { timingSafeEqual } from 'node:crypto';
import type { Role } from '../../core/role.ts';
import type { Store } from '../../store/open.ts';
import { findAdminToken } from '../../store/people/admin-tokens.ts';
import { findSession, touchSession } from '../../store/people/sessions.ts';
import { findUser, type UserRecord } from '../../store/people/users.ts';
import { ADMIN_TOKEN_PREFIX, csrfTokenOf, digestSecret } from './secrets.ts';

/** How long a session lasts: since it was last used, and since it began, in ms. */
export const SESSION_IDLE = 30 * 60_000;
export const SESSION_MAX = 12 * 60 * 60_000;

/** A session in use is noted once in this many ms. */
const TOUCH_INTERVAL = 60_000;

/** Who asks for something of the admin API. */
export type Identity =
  | { kind: 'user'; user: UserRecord; role: Role; sessionId: string; issuer: string | null; csrfToken: string }
  | { kind: 'token'; tokenId: string; role: Role };

/** What a request brings to say who makes it. */
export type Credentials = { authorization: string | undefined; sessionSecret: string | undefined };

/**
 * Who makes a request, undefined for nobody: an admin token goes before a session. Asked of the store each time, so that a role
 * taken away, a session ended or a token revoked counts at once, on every node.
 * @param now Unix ms.
 * @param isUse false for a look that does not count as use of the session: a page that is left open must not keep it alive.
 */
export async function identify(
  store: Store,
  pepper: Uint8Array,
  { authorization, sessionSecret }: Credentials,
  now: number,
  isUse = true,
): Promise<Identity | undefined> {
  const token = /^bearer +(\S{1,256}) *$/i.exec(authorization ?? '')?.[1];
  if (token !== undefined) return identifyToken(store, pepper, token, now);
  return sessionSecret === undefined ? undefined : identifySession(store, pepper, sessionSecret, now, isUse);
}

async function identifyToken(
  store: Store,
  pepper: Uint8Array,
  token: string,
  now: number,
): Promise<Identity | undefined> {
  if (!token.startsWith(ADMIN_TOKEN_PREFIX)) return undefined;
  const digest = digestSecret('admin-token', token, pepper);
  const found = await findAdminToken(store, digest);
  if (!found || !timingSafeEqual(digest, found.digest)) return undefined;
  if (found.revokedAt !== null || found.expiresAt <= now) return undefined;
  return { kind: 'token', tokenId: found.id, role: found.role };
}

async function identifySession(
  store: Store,
  pepper: Uint8Array,
  secret: string,
  now: number,
  isUse: boolean,
): Promise<Identity | undefined> {
  const session = await findSession(store, digestSecret('session', secret, pepper));
  if (!session || now - session.createdAt >= SESSION_MAX || now - session.seenAt >= SESSION_IDLE) return undefined;
  const user = await findUser(store, session.userId);
  if (!user || user.disabledAt !== null) return undefined;
  if (isUse && now - session.seenAt >= TOUCH_INTERVAL) await touchSession(store, session.id, now);
  const { id: sessionId, issuer } = session;
  return { kind: 'user', user, role: user.role, sessionId, issuer, csrfToken: csrfTokenOf(secret, pepper) };
}

/** The id of the user or the token: what a member of a project is known by. */
export function idOf(identity: Identity): string {
  return identity.kind === 'user' ? identity.user.id : identity.tokenId;
}

/** An identity as the audit log names it. */
export function actorOf(identity: Identity | undefined): string {
  switch (identity?.kind) {
    case undefined:
      return 'nobody';
    case 'user':
      return `user:${identity.user.id}`;
    case 'token':
      return `token:${identity.tokenId}`;
    default:
      return identity satisfies never;
  }
}
