import type { Migration } from './migration.ts';

/**
 * More ways to sign in: authenticator codes (the secret is sealed, recovery codes are digests), invitations (a digest of the link's
 * secret), and accounts of identity providers, by issuer and subject.
 */
export const signIn: Migration = {
  version: 19,
  sql: `
CREATE TABLE second_factors (
  user_id TEXT PRIMARY KEY,
  sealed_secret BLOB NOT NULL,
  made_at INTEGER NOT NULL,
  confirmed_at INTEGER,
  last_step INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE recovery_codes (
  user_id TEXT NOT NULL,
  digest BLOB NOT NULL,
  PRIMARY KEY (user_id, digest)
) STRICT, WITHOUT ROWID;

CREATE TABLE invitations (
  id TEXT PRIMARY KEY,
  digest BLOB NOT NULL UNIQUE,
  email TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('viewer', 'member', 'admin', 'owner')),
  projects TEXT NOT NULL,
  invited_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  ended_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE user_logins (
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  user_id TEXT NOT NULL,
  linked_at INTEGER NOT NULL,
  PRIMARY KEY (issuer, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX user_logins_by_user ON user_logins (user_id);
`,
};
