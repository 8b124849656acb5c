import { type Role, toRole } from '../../core/role.ts';
import { StoreError } from '../failure.ts';
import type { Store } from '../open.ts';
import { query, type Statement } from '../query.ts';
import type { AdminTokensTable } from '../schema.ts';

/** A credential of a program that administers. Times are Unix ms. */
export type AdminTokenRecord = {
  id: string;
  name: string;
  /** HMAC of the token. */
  digest: Uint8Array;
  role: Role;
  /** Who made it, as the audit log names actors. */
  createdBy: string;
  createdAt: number;
  expiresAt: number;
  revokedAt: number | null;
};

/** The statement that stores a new token. */
export function insertAdminTokenStatement(token: AdminTokenRecord): Statement {
  const { createdBy, createdAt, expiresAt, revokedAt, ...same } = token;
  const times = { created_at: createdAt, expires_at: expiresAt, revoked_at: revokedAt };
  return query
    .insertInto('admin_tokens')
    .values({ ...same, created_by: createdBy, ...times })
    .compile();
}

/** The statement that ends a token for good; the first time stands. */
export function revokeAdminTokenStatement(id: string, revokedAt: number): Statement {
  return query
    .updateTable('admin_tokens')
    .set((column) => ({ revoked_at: column.fn.coalesce('revoked_at', column.val(revokedAt)) }))
    .where('id', '=', id)
    .compile();
}

/** The token with this digest, whatever its state. */
export async function findAdminToken(store: Store, digest: Uint8Array): Promise<AdminTokenRecord | undefined> {
  const [row] = await store.reader.all(
    query.selectFrom('admin_tokens').selectAll().where('digest', '=', digest).compile(),
  );
  return row && toRecord(row);
}

/** All tokens, newest first. */
export async function listAdminTokens(store: Store): Promise<AdminTokenRecord[]> {
  const rows = await store.reader.all(
    query.selectFrom('admin_tokens').selectAll().orderBy('created_at', 'desc').orderBy('id').compile(),
  );
  return rows.map(toRecord);
}

function toRecord(row: AdminTokensTable): AdminTokenRecord {
  const { created_by, created_at, expires_at, revoked_at, role, ...same } = row;
  const known = toRole(role);
  if (known === undefined) throw new StoreError('corrupt', `admin token ${same.id} has no known role`);
  const times = { createdAt: created_at, expiresAt: expires_at, revokedAt: revoked_at };
  return { ...same, role: known, createdBy: created_by, ...times };
}
