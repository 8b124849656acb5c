import type { Store } from '../open.ts';
import { query, type Statement } from '../query.ts';
import type { SessionsTable } from '../schema.ts';

/** A sign-in that lasts. Times are Unix ms. */
export type SessionRecord = {
  id: string;
  /** HMAC of the secret that the browser holds. */
  digest: Uint8Array;
  userId: string;
  createdAt: number;
  /** When it was last used, to within a minute. */
  seenAt: number;
  /** Where it was begun. */
  address: string;
  agent: string;
  /** Of the identity provider by which it was begun; null: by a password. */
  issuer: string | null;
};

/** The statement that stores a new session. */
export function insertSessionStatement(session: SessionRecord): Statement {
  const { userId, createdAt, seenAt, ...same } = session;
  return query
    .insertInto('sessions')
    .values({ ...same, user_id: userId, created_at: createdAt, seen_at: seenAt })
    .compile();
}

/** The statement that ends sessions: of one user, one of them, or those begun or last used before a time. */
export function deleteSessionsStatement(
  which: { userId: string; exceptId?: string } | { id: string } | { createdBefore: number; seenBefore: number },
): Statement {
  const all = query.deleteFrom('sessions');
  if ('id' in which) return all.where('id', '=', which.id).compile();
  if ('userId' in which) {
    const { userId, exceptId = '' } = which;
    return all.where('user_id', '=', userId).where('id', '<>', exceptId).compile();
  }
  const { createdBefore, seenBefore } = which;
  return all.where((row) => row.or([row('created_at', '<', createdBefore), row('seen_at', '<', seenBefore)])).compile();
}

/** The statement that gives a session a new secret: the old one is worth nothing from then on. */
export function renewSessionStatement(id: string, digest: Uint8Array): Statement {
  return query.updateTable('sessions').set({ digest }).where('id', '=', id).compile();
}

/** Notes that a session is in use. */
export async function touchSession(store: Store, id: string, seenAt: number): Promise<void> {
  await store.writer.run(query.updateTable('sessions').set({ seen_at: seenAt }).where('id', '=', id).compile());
}

/** The session of a secret, by its digest. */
export async function findSession(store: Store, digest: Uint8Array): Promise<SessionRecord | undefined> {
  const [row] = await store.reader.all(query.selectFrom('sessions').selectAll().where('digest', '=', digest).compile());
  return row && toRecord(row);
}

/** All sessions of a user, newest first. */
export async function listSessions(store: Store, userId: string): Promise<SessionRecord[]> {
  const rows = await store.reader.all(
    query.selectFrom('sessions').selectAll().where('user_id', '=', userId).orderBy('created_at', 'desc').compile(),
  );
  return rows.map(toRecord);
}

function toRecord({ user_id, created_at, seen_at, ...same }: SessionsTable): SessionRecord {
  return { ...same, userId: user_id, createdAt: created_at, seenAt: seen_at };
}
