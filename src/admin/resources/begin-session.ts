import { newId } from '../../access/new-id.ts';
import { csrfTokenOf, digestSecret, newSecret } from '../../access/sign-in/secrets.ts';
import type { SessionRecord } from '../../store/people/sessions.ts';
import type { AdminParts } from '../endpoint.ts';

/** A new session, not stored yet, and the secret that the browser gets: one never used before, so none can be planted. */
export function newSession(
  { now, pepper }: AdminParts,
  userId: string,
  { address, agent }: { address: string; agent: string },
): { session: SessionRecord; secret: string; csrfToken: string } {
  const secret = newSecret();
  const at = now();
  const digest = digestSecret('session', secret, pepper);
  const session = { id: newId('sess', at), digest, userId, createdAt: at, seenAt: at, address, agent };
  return { session, secret, csrfToken: csrfTokenOf(secret, pepper) };
}
