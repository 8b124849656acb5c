import type { Migration } from './migration.ts';

/**
 * What operators set up beside `ezmodel.yaml`: channels with their credentials (sealed), routes of public model names, and
 * settings. `settings` and `value` are JSON, in the words of the file.
 */
export const upstreams: Migration = {
  version: 21,
  sql: `
CREATE TABLE channels (
  name TEXT PRIMARY KEY,
  settings TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE credentials (
  id TEXT PRIMARY KEY,
  channel TEXT NOT NULL,
  name TEXT NOT NULL,
  secret BLOB NOT NULL,
  last_four TEXT NOT NULL,
  weight INTEGER NOT NULL,
  set_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX credentials_by_channel ON credentials (channel);

CREATE TABLE model_routes (
  name TEXT PRIMARY KEY,
  settings TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE settings (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO revisions (name, value) VALUES ('upstreams', 0);
`,
};
