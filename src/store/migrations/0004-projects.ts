import type { Migration } from './migration.ts';

/**
 * Projects, which own keys. A key never changes its project, so `hourly.project_id` follows from `key_id` and is no part of
 * the roll-up's identity. Lists are JSON arrays of texts; null: no restriction (`default_tags`, `tags`: none).
 * `exchanges.tags` is separated by spaces; null: none.
 */
export const projects: Migration = {
  version: 4,
  sql: `
CREATE TABLE projects (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  archived_at INTEGER,
  models TEXT,
  ip_allow TEXT,
  expires_at INTEGER,
  default_tags TEXT,
  managed INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
INSERT INTO projects (id, name, created_at) VALUES ('proj_default', 'default', 0);
CREATE TRIGGER projects_inserted AFTER INSERT ON projects
  BEGIN UPDATE revisions SET value = value + 1 WHERE name = 'keys'; END;
CREATE TRIGGER projects_updated AFTER UPDATE ON projects
  BEGIN UPDATE revisions SET value = value + 1 WHERE name = 'keys'; END;

ALTER TABLE keys ADD COLUMN project_id TEXT NOT NULL DEFAULT 'proj_default';
ALTER TABLE keys ADD COLUMN ip_allow TEXT;
ALTER TABLE keys ADD COLUMN tags TEXT;
ALTER TABLE keys ADD COLUMN managed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE exchanges ADD COLUMN project_id TEXT NOT NULL DEFAULT 'proj_default';
ALTER TABLE exchanges ADD COLUMN tags TEXT;
ALTER TABLE hourly ADD COLUMN project_id TEXT NOT NULL DEFAULT 'proj_default';
`,
};
