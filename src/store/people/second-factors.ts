import type { Store } from '../open.ts';
import { query, type Statement } from '../query.ts';
import type { SecondFactorsTable } from '../schema.ts';

/** Where the secret of a user's authenticator stands, for sealing it. */
export function secondFactorPlace(userId: string): { table: string; id: string; column: string } {
  return { table: 'second_factors', id: userId, column: 'sealed_secret' };
}

/** An authenticator of a user. Times are Unix ms. */
export type SecondFactorRecord = {
  userId: string;
  sealedSecret: Uint8Array;
  madeAt: number;
  /** Null until the user has shown a code of it: it is not asked for before that. */
  confirmedAt: number | null;
  /** The step of the last code that was used. */
  lastStep: number;
};

/** The statement that gives a user an authenticator, in place of one that was there. */
export function putSecondFactorStatement(factor: SecondFactorRecord): Statement {
  const { userId, sealedSecret, madeAt, confirmedAt, lastStep } = factor;
  const row = { sealed_secret: sealedSecret, made_at: madeAt, confirmed_at: confirmedAt, last_step: lastStep };
  return query
    .insertInto('second_factors')
    .values({ user_id: userId, ...row })
    .onConflict((conflict) => conflict.column('user_id').doUpdateSet(row))
    .compile();
}

/** The statement that makes a user's authenticator one that is asked for. */
export function confirmSecondFactorStatement(userId: string, confirmedAt: number): Statement {
  return query.updateTable('second_factors').set({ confirmed_at: confirmedAt }).where('user_id', '=', userId).compile();
}

/** The statements that take away a user's authenticator and recovery codes. */
export function deleteSecondFactorStatements(userId: string): Statement[] {
  return [
    query.deleteFrom('second_factors').where('user_id', '=', userId).compile(),
    query.deleteFrom('recovery_codes').where('user_id', '=', userId).compile(),
  ];
}

/** The statement that takes away the recovery codes of all who have no authenticator. */
export function deleteOrphanedCodesStatement(): Statement {
  const users = query.selectFrom('second_factors').select('user_id');
  return query.deleteFrom('recovery_codes').where('user_id', 'not in', users).compile();
}

/** The statements that give a user recovery codes, by their digests; earlier ones end. */
export function replaceRecoveryCodesStatements(userId: string, digests: readonly Uint8Array[]): Statement[] {
  const rows = digests.map((digest) => ({ user_id: userId, digest }));
  return [
    query.deleteFrom('recovery_codes').where('user_id', '=', userId).compile(),
    query.insertInto('recovery_codes').values(rows).compile(),
  ];
}

/** The authenticator of a user, confirmed or not. */
export async function findSecondFactor(store: Store, userId: string): Promise<SecondFactorRecord | undefined> {
  const all = query.selectFrom('second_factors').selectAll();
  const [row] = await store.reader.all(all.where('user_id', '=', userId).compile());
  return row && toRecord(row);
}

/** Uses up a step. Answers false when that step, or a later one, has been used: of two at once one is refused. */
export async function spendStep(store: Store, userId: string, step: number): Promise<boolean> {
  const changed = await store.writer.run(
    query
      .updateTable('second_factors')
      .set({ last_step: step })
      .where('user_id', '=', userId)
      .where('last_step', '<', step)
      .compile(),
  );
  return changed > 0;
}

/** Uses up a recovery code. Answers false when there is no such code, or no longer. */
export async function spendRecoveryCode(store: Store, userId: string, digest: Uint8Array): Promise<boolean> {
  const codes = query.deleteFrom('recovery_codes').where('user_id', '=', userId).where('digest', '=', digest);
  return (await store.writer.run(codes.compile())) > 0;
}

/** How many recovery codes a user has left. */
export async function countRecoveryCodes(store: Store, userId: string): Promise<number> {
  const all = query.selectFrom('recovery_codes').select('user_id').where('user_id', '=', userId);
  return (await store.reader.all(all.compile())).length;
}

function toRecord(row: SecondFactorsTable): SecondFactorRecord {
  return {
    userId: row.user_id,
    sealedSecret: row.sealed_secret,
    madeAt: row.made_at,
    confirmedAt: row.confirmed_at,
    lastStep: row.last_step,
  };
}
