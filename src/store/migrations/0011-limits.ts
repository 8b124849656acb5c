import type { Migration } from './migration.ts';

/** Limits that were set by command; those of `ezmodel.yaml` stay there. A measure that is null is not limited; `burst` is ms. */
export const limits: Migration = {
  version: 11,
  sql: `
CREATE TABLE limits (
  scope TEXT NOT NULL,
  scope_id TEXT NOT NULL,
  model TEXT NOT NULL,
  requests_per_minute INTEGER,
  input_tokens_per_minute INTEGER,
  output_tokens_per_minute INTEGER,
  tokens_per_day INTEGER,
  concurrent INTEGER,
  burst INTEGER NOT NULL,
  PRIMARY KEY (scope, scope_id, model)
) STRICT, WITHOUT ROWID;
INSERT INTO revisions (name, value) VALUES ('limits', 0);
`,
};
