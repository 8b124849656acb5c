import type { Migration } from './migration.ts';

/**
 * The indexes of exchanges take them in when they are settled. An intent is a transaction of its own, which its request waits
 * for, and each index was a page more to write; settlements share their pages with others.
 */
export const lighterIntents: Migration = {
  version: 36,
  sql: `
DROP INDEX exchanges_by_key;
DROP INDEX exchanges_by_project;
DROP INDEX exchanges_by_model;
DROP INDEX exchanges_by_channel;
CREATE INDEX exchanges_by_key ON exchanges (key_id, id) WHERE outcome IS NOT NULL;
CREATE INDEX exchanges_by_project ON exchanges (project_id, id) WHERE outcome IS NOT NULL;
CREATE INDEX exchanges_by_model ON exchanges (model, id) WHERE outcome IS NOT NULL;
CREATE INDEX exchanges_by_channel ON exchanges (channel, id) WHERE outcome IS NOT NULL;
`,
};
