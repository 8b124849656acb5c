import type { Migration } from './migration.ts';

/**
 * Requests and answers that are kept, sealed; `bytes` is the length of `sealed`. Times are Unix ms. The indexes hold what the
 * janitor asks for, so that it never reads the rows themselves.
 */
export const payloads: Migration = {
  version: 18,
  sql: `
CREATE TABLE payloads (
  exchange_id TEXT PRIMARY KEY,
  key_id TEXT NOT NULL,
  project_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  sealed BLOB NOT NULL
) STRICT;
CREATE INDEX payloads_by_age ON payloads (created_at, bytes);
CREATE INDEX payloads_by_expiry ON payloads (expires_at);
CREATE INDEX payloads_by_key ON payloads (key_id);
CREATE INDEX payloads_by_project ON payloads (project_id);
`,
};
