import type { Migration } from './migration.ts';

/** What operators have taken out of use by hand: a channel, or one of its credentials as `channel/credential`. */
export const drains: Migration = {
  version: 5,
  sql: `
CREATE TABLE drains (
  id TEXT NOT NULL PRIMARY KEY,
  drained_at INTEGER NOT NULL
) STRICT;
`,
};
