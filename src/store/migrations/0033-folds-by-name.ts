import type { Migration } from './migration.ts';

/** What leads to the folds of one project, key, model or channel. */
export const foldsByName: Migration = {
  version: 33,
  sql: 'CREATE INDEX folds_by_name ON folds (dimension, hours, name, project_id, step);',
};
