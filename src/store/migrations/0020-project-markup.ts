import type { Migration } from './migration.ts';

/** What a project is charged for the price of its channels, in ten-thousandths: 12,000 adds a fifth. */
export const projectMarkup: Migration = {
  version: 20,
  sql: 'ALTER TABLE projects ADD COLUMN markup INTEGER NOT NULL DEFAULT 10000;',
};
