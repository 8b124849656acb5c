import type { InvitationRecord } from '../../store/people/invitations.ts';
import { newId } from '../new-id.ts';
import { digestSecret, newSecret } from './secrets.ts';

const DAY = 24 * 60 * 60_000;
const PREFIX = 'invite-';

/** A new invitation, not stored yet, and the one-time token that its link carries. */
export function newInvitation(
  pepper: Uint8Array,
  {
    days,
    now,
    ...same
  }: Pick<InvitationRecord, 'email' | 'role' | 'projects' | 'invitedBy'> & { days: number; now: number },
): { invitation: InvitationRecord; token: string } {
  const token = PREFIX + newSecret();
  const times = { createdAt: now, expiresAt: now + days * DAY, endedAt: null };
  return { invitation: { id: newId('inv', now), digest: digestInvitation(pepper, token), ...same, ...times }, token };
}

/** What is stored of the token of an invitation. */
export function digestInvitation(pepper: Uint8Array, token: string): Uint8Array {
  return digestSecret('invitation', token, pepper);
}
