import type { Migration } from './migration.ts';

/**
 * What writes of the admin API need: the secret that a rotated key had before, good for a time, and the answers given to requests
 * with an idempotency key, sealed under it.
 */
export const adminWrites: Migration = {
  version: 15,
  sql: `
ALTER TABLE keys ADD COLUMN previous_digest BLOB;
ALTER TABLE keys ADD COLUMN previous_until INTEGER;

CREATE TABLE given_answers (
  actor TEXT NOT NULL,
  digest BLOB NOT NULL,
  request BLOB NOT NULL,
  body BLOB,
  at INTEGER NOT NULL,
  PRIMARY KEY (actor, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX given_answers_by_time ON given_answers (at);
`,
};
