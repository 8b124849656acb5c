import { sql } from 'kysely';
import type { Store } from '../open.ts';
import { query, type Statement } from '../query.ts';

/** When guesses are forgotten: `window` after they were made, in ms. `now` is Unix ms. */
type Moment = { now: number; window: number };

/**
 * Counts a guess of somebody. Answers false, and counts nothing, when five were made within the window: of many at once, by
 * however many processes, five are taken, since each takes the place of the oldest in the row of its name.
 * @param name a digest of who they are.
 */
export async function countGuess(store: Store, name: Uint8Array, { now, window }: Moment): Promise<boolean> {
  // A time far ahead was written by a clock that has been set back.
  const statement = sql`INSERT INTO guesses (name, at_1, at_2, at_3, at_4, at_5) VALUES (${name}, 0, 0, 0, 0, ${now})
    ON CONFLICT (name) DO UPDATE SET at_1 = guesses.at_2, at_2 = guesses.at_3, at_3 = guesses.at_4, at_4 = guesses.at_5,
      at_5 = ${now}
    WHERE guesses.at_1 <= ${now - window} OR guesses.at_1 > ${now + window}`.compile(query);
  return (await store.writer.run(statement)) > 0;
}

/** Takes the latest guess of somebody back: it was none. */
export async function takeBackGuess(store: Store, name: Uint8Array): Promise<void> {
  const statement = sql`UPDATE guesses SET at_1 = 0, at_2 = at_1, at_3 = at_2, at_4 = at_3, at_5 = at_4
    WHERE name = ${name}`.compile(query);
  await store.writer.run(statement);
}

/** When the oldest of the five latest guesses of somebody was made, in Unix ms; undefined when there were not so many. */
export async function oldestGuess(store: Store, name: Uint8Array): Promise<number | undefined> {
  const [row] = await store.reader.all(query.selectFrom('guesses').select('at_1').where('name', '=', name).compile());
  return row?.at_1 || undefined;
}

/** The statement that forgets the guesses of somebody, or of everybody. */
export function forgetGuessesStatement(name: Uint8Array | 'all'): Statement {
  const all = query.deleteFrom('guesses');
  return (name === 'all' ? all : all.where('name', '=', name)).compile();
}

/** Forgets guesses that do not count any more. */
export async function forgetOldGuesses(store: Store, { now, window }: Moment): Promise<void> {
  await store.writer.run(
    query
      .deleteFrom('guesses')
      .where('at_5', '<=', now - window)
      .compile(),
  );
}
