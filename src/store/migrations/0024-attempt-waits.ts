import type { Migration } from './migration.ts';

/** How long an attempt waited for its turn, and how long its connection took; null: not known, or none had to be made. */
export const attemptWaits: Migration = {
  version: 24,
  sql: `
ALTER TABLE attempts ADD COLUMN waited_ms INTEGER;
ALTER TABLE attempts ADD COLUMN connect_ms INTEGER;
`,
};
