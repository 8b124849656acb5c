import type { Migration } from './migration.ts';

/**
 * What a prompt cache goes by in each longer exchange of a session: digests of its tools, of its instructions and of each message,
 * so that the place where a prompt changed is found. Nothing of a prompt can be read from them.
 */
export const cachePrefixes: Migration = {
  version: 27,
  sql: `
CREATE TABLE cache_prefixes (
  exchange_id TEXT PRIMARY KEY,
  session TEXT NOT NULL,
  ttl INTEGER,
  tools TEXT NOT NULL,
  system TEXT NOT NULL,
  messages TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX cache_prefixes_by_session ON cache_prefixes (session, exchange_id);
`,
};
