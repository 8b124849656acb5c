import { newId } from '../../access/new-id.ts';
import { type Identity, SESSION_IDLE, SESSION_MAX } from '../../access/sign-in/identify.ts';
import { csrfTokenOf, digestSecret, newSecret } from '../../access/sign-in/secrets.ts';
import { deleteSessionsStatement, insertSessionStatement, renewSessionStatement } from '../../store/people/sessions.ts';
import type { UserRecord } from '../../store/people/users.ts';
import type { Statement } from '../../store/query.ts';
import { type Change, makeChange } from '../audited.ts';
import type { AdminParts, RawCall } from '../endpoint.ts';
import { AdminError } from '../problem.ts';

/** What of a call begins a session. */
type SignInCall = Pick<RawCall, 'identity' | 'address' | 'agent' | 'check' | 'setSession'>;

/**
 * Begins a session of a user together with other changes, or neither: its secret has never been used before, so none can be planted.
 * @param issuer of the identity provider that says who they are; null: they have given a password, or a token of ours.
 * @returns the session's token against forged requests.
 */
export async function beginSession(
  parts: AdminParts,
  call: SignInCall,
  user: Pick<UserRecord, 'id'>,
  statements: readonly Statement[],
  change: Omit<Change, 'subject'>,
  issuer: string | null = null,
): Promise<string> {
  const { pepper, now } = parts;
  const at = now();
  const secret = newSecret();
  const digest = digestSecret('session', secret, pepper);
  const { address, agent } = call;
  const session = { id: newId('sess', at), digest, userId: user.id, createdAt: at, seenAt: at, address, agent, issuer };
  const outdated = deleteSessionsStatement({ createdBefore: at - SESSION_MAX, seenBefore: at - SESSION_IDLE });
  const all = [...statements, outdated, insertSessionStatement(session)];
  await makeChange(parts, call, all, { ...change, subject: `user:${user.id}` });
  call.setSession(secret);
  return csrfTokenOf(secret, pepper);
}

/** A session of a person who is signed in. */
export type PersonIdentity = Extract<Identity, { kind: 'user' }>;

/** What only people have: a session. @throws AdminError for a token. */
export function personOf(identity: Identity): PersonIdentity {
  if (identity.kind === 'user') return identity;
  throw new AdminError('forbidden', 'An admin token has no session');
}

/**
 * What gives the caller's session a new secret, and ends all their others: after whatever proves more than the old secret did. The
 * statements are for the change that calls for it; `hand` gives the browser the secret once that is made.
 */
export function renewSession(
  { pepper }: AdminParts,
  { sessionId, user }: PersonIdentity,
  { setSession }: Pick<SignInCall, 'setSession'>,
): { statements: Statement[]; csrfToken: string; hand(): void } {
  const secret = newSecret();
  return {
    statements: [
      renewSessionStatement(sessionId, digestSecret('session', secret, pepper)),
      deleteSessionsStatement({ userId: user.id, exceptId: sessionId }),
    ],
    csrfToken: csrfTokenOf(secret, pepper),
    hand: () => setSession(secret),
  };
}
