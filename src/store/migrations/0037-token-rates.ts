import type { Migration } from './migration.ts';

/** What the answers of each model of each channel have taught of its tokens, as JSON: estimates of cut streams go by it. */
export const tokenRates: Migration = {
  version: 37,
  sql: `
CREATE TABLE token_rates (
  channel TEXT NOT NULL,
  upstream_model TEXT NOT NULL,
  rates TEXT NOT NULL,
  taught_at INTEGER NOT NULL,
  PRIMARY KEY (channel, upstream_model)
) STRICT, WITHOUT ROWID;
`,
};
