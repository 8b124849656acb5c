import type { Migration } from './migration.ts';

/** What conversion cost each exchange: codes of losses, separated by spaces; null for none. */
export const losses: Migration = { version: 2, sql: 'ALTER TABLE exchanges ADD COLUMN losses TEXT;' };
