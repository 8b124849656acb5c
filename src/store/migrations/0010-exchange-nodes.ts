import type { Migration } from './migration.ts';

/** Which process has an exchange open: when one of several dies, only its exchanges are settled as crashed. */
export const exchangeNodes: Migration = { version: 10, sql: 'ALTER TABLE exchanges ADD COLUMN node TEXT;' };
