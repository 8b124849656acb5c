import type { Migration } from './migration.ts';

/** The processes on one database: each counts its heartbeats, so that the others notice when it is no more. */
export const nodes: Migration = {
  version: 17,
  sql: `
CREATE TABLE nodes (
  id TEXT PRIMARY KEY,
  beats INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`,
};
