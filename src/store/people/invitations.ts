import { type ProjectRole, type Role, toProjectRole, toRole } from '../../core/role.ts';
import { StoreError } from '../failure.ts';
import type { Store } from '../open.ts';
import { query, type Statement } from '../query.ts';
import type { InvitationsTable } from '../schema.ts';

/** A place that waits for somebody. Times are Unix ms. */
export type InvitationRecord = {
  id: string;
  /** HMAC of the secret of the link. */
  digest: Uint8Array;
  /** In lower case. */
  email: string;
  role: Role;
  /** Roles in projects, by project id. */
  projects: ReadonlyMap<string, ProjectRole>;
  /** As the audit log names actors. */
  invitedBy: string;
  createdAt: number;
  expiresAt: number;
  /** Set once it is accepted or taken back. */
  endedAt: number | null;
};

/** The statement that stores a new invitation. */
export function insertInvitationStatement(invitation: InvitationRecord): Statement {
  const { invitedBy, createdAt, expiresAt, endedAt, projects, ...same } = invitation;
  const times = { created_at: createdAt, expires_at: expiresAt, ended_at: endedAt };
  return query
    .insertInto('invitations')
    .values({ ...same, projects: JSON.stringify(Object.fromEntries(projects)), invited_by: invitedBy, ...times })
    .compile();
}

/** The statement that ends invitations that are open: one, those to an address, or those that somebody has made. */
export function endInvitationsStatement(
  which: { id: string } | { email: string } | { invitedBy: string },
  endedAt: number,
): Statement {
  const all = query.updateTable('invitations').set({ ended_at: endedAt }).where('ended_at', 'is', null);
  if ('id' in which) return all.where('id', '=', which.id).compile();
  if ('email' in which) return all.where('email', '=', which.email).compile();
  return all.where('invited_by', '=', which.invitedBy).compile();
}

/** The invitation of a link, by the digest of its secret, whatever its state. */
export async function findInvitation(store: Store, digest: Uint8Array): Promise<InvitationRecord | undefined> {
  const all = query.selectFrom('invitations').selectAll();
  const [row] = await store.reader.all(all.where('digest', '=', digest).compile());
  return row && toRecord(row);
}

/** The invitations that may still be accepted at `now` (Unix ms), newest first. */
export async function listOpenInvitations(store: Store, now: number): Promise<InvitationRecord[]> {
  const open = query.selectFrom('invitations').selectAll().where('ended_at', 'is', null).where('expires_at', '>', now);
  return (await store.reader.all(open.orderBy('id', 'desc').compile())).map(toRecord);
}

function toRecord({ projects, role, ...row }: InvitationsTable): InvitationRecord {
  const known = toRole(role);
  if (known === undefined) throw new StoreError('corrupt', `invitation ${row.id} has no known role`);
  return {
    id: row.id,
    digest: row.digest,
    email: row.email,
    role: known,
    projects: readProjects(projects),
    invitedBy: row.invited_by,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    endedAt: row.ended_at,
  };
}

function readProjects(text: string): Map<string, ProjectRole> {
  const value: unknown = JSON.parse(text);
  const roles = new Map<string, ProjectRole>();
  for (const [id, written] of Object.entries(value ?? {})) {
    const role = toProjectRole(String(written));
    if (role !== undefined) roles.set(id, role);
  }
  return roles;
}
