import type { Store } from '../open.ts';
import { query } from '../query.ts';
import type { GivenAnswersTable } from '../schema.ts';

/** An answer that was given to a request with an idempotency key, or is being made. Times are Unix ms. */
export type GivenAnswer = GivenAnswersTable;

/** Whose answer it is: the actor, and the digest of the idempotency key. */
export type AnswerPlace = Pick<GivenAnswersTable, 'actor' | 'digest'>;

/** Takes a place for an answer that is about to be made, forgetting what is older than `before`. Answers false when it is taken. */
export async function claimAnswer(store: Store, claim: Omit<GivenAnswer, 'body'>, before: number): Promise<boolean> {
  await store.writer.run(query.deleteFrom('given_answers').where('at', '<', before).compile());
  const statement = query
    .insertInto('given_answers')
    .values({ ...claim, body: null })
    .onConflict((conflict) => conflict.columns(['actor', 'digest']).doNothing())
    .compile();
  return (await store.writer.run(statement)) > 0;
}

/** What stands in a place. */
export async function findAnswer(store: Store, { actor, digest }: AnswerPlace): Promise<GivenAnswer | undefined> {
  const statement = query
    .selectFrom('given_answers')
    .selectAll()
    .where('actor', '=', actor)
    .where('digest', '=', digest)
    .compile();
  const [row] = await store.reader.all(statement);
  return row;
}

/** Keeps the answer that was given. */
export async function keepAnswer(store: Store, { actor, digest }: AnswerPlace, body: Uint8Array): Promise<void> {
  const statement = query
    .updateTable('given_answers')
    .set({ body })
    .where('actor', '=', actor)
    .where('digest', '=', digest)
    .compile();
  await store.writer.run(statement);
}

/** Gives a place up: nothing was done. */
export async function dropClaim(store: Store, { actor, digest }: AnswerPlace): Promise<void> {
  const statement = query.deleteFrom('given_answers').where('actor', '=', actor).where('digest', '=', digest).compile();
  await store.writer.run(statement);
}
