import type { Migration } from './migration.ts';

/** What an attempt says for itself: how its target was reached, why, when, and how much went over the wire. */
export const attemptDetails: Migration = {
  version: 3,
  sql: `
ALTER TABLE attempts ADD COLUMN dialect TEXT;
ALTER TABLE attempts ADD COLUMN reason TEXT;
ALTER TABLE attempts ADD COLUMN request_bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE attempts ADD COLUMN answer_bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE attempts ADD COLUMN sent_at INTEGER;
ALTER TABLE attempts ADD COLUMN headers_at INTEGER;
`,
};
