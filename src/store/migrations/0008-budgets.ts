import type { Migration } from './migration.ts';

/**
 * Budgets. `budget_periods` has the counters of one period (start 0 for prepaid ones): what is spent and what is held for open
 * exchanges. `budget_holds` says of each exchange what it held and what it spent, so the counters can be computed again.
 * `amount_nano_usd` of a prepaid budget is the sum of its `budget_entries`, which are only ever added to.
 */
export const budgets: Migration = {
  version: 8,
  sql: `
CREATE TABLE budgets (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  subject TEXT NOT NULL,
  amount_nano_usd INTEGER NOT NULL CHECK (amount_nano_usd >= 0),
  period TEXT NOT NULL CHECK (period IN ('day', 'week', 'month', 'prepaid')),
  time_zone TEXT NOT NULL,
  hard INTEGER NOT NULL,
  alerts TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  managed INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX budgets_by_subject ON budgets (subject);

CREATE TABLE budget_periods (
  budget_id TEXT NOT NULL,
  period_start INTEGER NOT NULL,
  period_end INTEGER,
  spent_nano_usd INTEGER NOT NULL DEFAULT 0,
  reserved_nano_usd INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (budget_id, period_start)
) STRICT, WITHOUT ROWID;

CREATE TABLE budget_holds (
  exchange_id TEXT NOT NULL,
  budget_id TEXT NOT NULL,
  period_start INTEGER NOT NULL,
  held_nano_usd INTEGER NOT NULL,
  spent_nano_usd INTEGER,
  lease_until INTEGER NOT NULL,
  PRIMARY KEY (exchange_id, budget_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX budget_holds_open ON budget_holds (lease_until) WHERE spent_nano_usd IS NULL;

CREATE TABLE budget_entries (
  id INTEGER PRIMARY KEY,
  budget_id TEXT NOT NULL,
  at INTEGER NOT NULL,
  amount_nano_usd INTEGER NOT NULL,
  note TEXT NOT NULL
) STRICT;
CREATE TRIGGER budget_entries_keep_rows BEFORE DELETE ON budget_entries
  BEGIN SELECT RAISE(ABORT, 'budget entries are append-only: rows are not deleted'); END;
CREATE TRIGGER budget_entries_keep_values BEFORE UPDATE ON budget_entries
  BEGIN SELECT RAISE(ABORT, 'budget entries are append-only: a correction is a new row'); END;

CREATE TABLE budget_alerts (
  budget_id TEXT NOT NULL,
  period_start INTEGER NOT NULL,
  threshold INTEGER NOT NULL,
  crossed_at INTEGER NOT NULL,
  spent_nano_usd INTEGER NOT NULL,
  sent_at INTEGER,
  next_try_at INTEGER NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (budget_id, period_start, threshold)
) STRICT, WITHOUT ROWID;
CREATE INDEX budget_alerts_unsent ON budget_alerts (next_try_at) WHERE sent_at IS NULL;
`,
};
