import type { Migration } from './migration.ts';

/** How budgets take models without a price in requests of a project, as JSON; null: as everywhere. */
export const projectUnpriced: Migration = {
  version: 35,
  sql: 'ALTER TABLE projects ADD COLUMN unpriced TEXT;',
};
