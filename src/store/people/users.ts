import { type Role, toRole } from '../../core/role.ts';
import { StoreError } from '../failure.ts';
import type { Store } from '../open.ts';
import { query, type Statement } from '../query.ts';
import type { UsersTable } from '../schema.ts';

/** A person who may sign in. Times are Unix ms. */
export type UserRecord = {
  id: string;
  /** In lower case; unique. */
  email: string;
  name: string;
  role: Role;
  /** The password as a PHC string (`access/passwords.ts`); null for who signs in by an identity provider alone. */
  password: string | null;
  createdAt: number;
  /** Set while the user may not sign in. */
  disabledAt: number | null;
};

/** How the column says that there is none. */
const NO_PASSWORD = '';

/** What can be changed of a user. */
export type UserChange = Partial<Pick<UserRecord, 'name' | 'role' | 'password' | 'disabledAt'>>;

/** The statement that stores a new user; it is refused when the e-mail address is taken. */
export function insertUserStatement(user: UserRecord): Statement {
  const { createdAt, disabledAt, password, ...same } = user;
  return query
    .insertInto('users')
    .values({ ...same, password: password ?? NO_PASSWORD, created_at: createdAt, disabled_at: disabledAt })
    .compile();
}

/** The statement that changes a user; what is undefined stays as it is. */
export function updateUserStatement(id: string, { disabledAt, password, ...same }: UserChange): Statement {
  return query
    .updateTable('users')
    .set({
      ...same,
      ...(password !== undefined && { password: password ?? NO_PASSWORD }),
      ...(disabledAt !== undefined && { disabled_at: disabledAt }),
    })
    .where('id', '=', id)
    .compile();
}

/** All users, oldest first. */
export async function listUsers(store: Store): Promise<UserRecord[]> {
  const rows = await store.reader.all(
    query.selectFrom('users').selectAll().orderBy('created_at').orderBy('id').compile(),
  );
  return rows.map(toRecord);
}

/** The user with this id, disabled or not. */
export function findUser(store: Store, id: string): Promise<UserRecord | undefined> {
  return findBy(store, 'id', id);
}

/** The user with this e-mail address, in lower case. */
export function findUserByEmail(store: Store, email: string): Promise<UserRecord | undefined> {
  return findBy(store, 'email', email);
}

async function findBy(store: Store, column: 'id' | 'email', value: string): Promise<UserRecord | undefined> {
  const [row] = await store.reader.all(query.selectFrom('users').selectAll().where(column, '=', value).compile());
  return row && toRecord(row);
}

function toRecord({ created_at, disabled_at, role, password, ...same }: UsersTable): UserRecord {
  const known = toRole(role);
  if (known === undefined) throw new StoreError('corrupt', `user ${same.id} has no known role`);
  return {
    ...same,
    password: password === NO_PASSWORD ? null : password,
    role: known,
    createdAt: created_at,
    disabledAt: disabled_at,
  };
}
