import type { Migration } from './migration.ts';

/** Who sees and changes what belongs to a project: users and admin tokens, with a role there. */
export const projectMembers: Migration = {
  version: 13,
  sql: `
CREATE TABLE project_members (
  project_id TEXT NOT NULL,
  member_id TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('viewer', 'member', 'admin')),
  added_at INTEGER NOT NULL,
  PRIMARY KEY (project_id, member_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX project_members_by_member ON project_members (member_id);
`,
};
