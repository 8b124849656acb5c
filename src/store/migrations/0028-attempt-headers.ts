import type { Migration } from './migration.ts';

/** The safe headers of a client's request, with its first attempt, and of each upstream's answer; null: none, or not known. */
export const attemptHeaders: Migration = {
  version: 28,
  sql: `
ALTER TABLE attempts ADD COLUMN client_headers TEXT;
ALTER TABLE attempts ADD COLUMN answer_headers TEXT;
`,
};
