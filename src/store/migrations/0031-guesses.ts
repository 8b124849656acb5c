import type { Migration } from './migration.ts';

/**
 * When somebody last failed to prove who they are, by account and by address: a digest of the name, and the times of the latest
 * five failures (Unix ms, oldest first; 0 for none). Kept here, so that all processes count together and a restart forgives nobody.
 */
export const guesses: Migration = {
  version: 31,
  sql: `
CREATE TABLE guesses (
  name BLOB PRIMARY KEY,
  at_1 INTEGER NOT NULL,
  at_2 INTEGER NOT NULL,
  at_3 INTEGER NOT NULL,
  at_4 INTEGER NOT NULL,
  at_5 INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX guesses_by_time ON guesses (at_5);
`,
};
