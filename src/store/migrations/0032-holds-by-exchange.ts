import type { Migration } from './migration.ts';

/** Open holds are found by their exchange; by the end of their lease nobody looks for them. */
export const holdsByExchange: Migration = { version: 32, sql: 'DROP INDEX budget_holds_open;' };
