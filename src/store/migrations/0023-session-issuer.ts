import type { Migration } from './migration.ts';

/** By which identity provider a session was begun; null: by a password. */
export const sessionIssuer: Migration = {
  version: 23,
  sql: 'ALTER TABLE sessions ADD COLUMN issuer TEXT;',
};
