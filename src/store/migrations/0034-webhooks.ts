import type { Migration } from './migration.ts';

/** Receivers of alerts that operators set up beside `ezmodel.yaml`. `settings` is JSON, `secret` is sealed. */
export const webhooks: Migration = {
  version: 34,
  sql: `
CREATE TABLE webhooks (
  name TEXT PRIMARY KEY,
  settings TEXT NOT NULL,
  secret BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`,
};
