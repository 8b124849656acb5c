import type { Store } from '../open.ts';
import { query, type Statement } from '../query.ts';

/** An account of an identity provider that a user signs in with. */
export type UserLogin = {
  issuer: string;
  /** The provider's own name for the account: unlike an e-mail address it never becomes somebody else's. */
  subject: string;
  userId: string;
  /** Unix ms. */
  linkedAt: number;
};

/** The statement that links an account to a user; refused when it is linked already. */
export function insertLoginStatement({ issuer, subject, userId, linkedAt }: UserLogin): Statement {
  return query.insertInto('user_logins').values({ issuer, subject, user_id: userId, linked_at: linkedAt }).compile();
}

/** The id of the user of an account. */
export async function findLogin(store: Store, issuer: string, subject: string): Promise<string | undefined> {
  const all = query.selectFrom('user_logins').select('user_id');
  const [row] = await store.reader.all(all.where('issuer', '=', issuer).where('subject', '=', subject).compile());
  return row?.user_id;
}
