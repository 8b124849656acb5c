import type { Migration } from './migration.ts';

const SUMS = [
  'exchanges',
  'errors',
  'unpriced',
  'input',
  'cache_read',
  'cache_write_5m',
  'cache_write_1h',
  'output',
  'reasoning',
  'web_searches',
  'cost_nano_usd',
];

const columns = (type: string) => SUMS.map((column) => `  ${column} ${type} NOT NULL DEFAULT 0`).join(',\n');

/**
 * Old rows may be closed: taken away, with their sums left here by hour, and in `budget_periods` by budget, so that the books
 * still prove out. Rows of the ledger can be deleted only while their exchange is named in `closing`, which is empty outside of
 * the transactions that close.
 */
export const retention: Migration = {
  version: 22,
  sql: `
CREATE TABLE closing (exchange_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE closed_hours (
  hour INTEGER PRIMARY KEY,
${columns('INTEGER')}
) STRICT;
ALTER TABLE budget_periods ADD COLUMN closed_nano_usd INTEGER NOT NULL DEFAULT 0;
DROP TRIGGER ledger_keeps_rows;
CREATE TRIGGER ledger_keeps_rows BEFORE DELETE ON ledger
  WHEN NOT EXISTS (SELECT 1 FROM closing WHERE exchange_id = OLD.exchange_id)
  BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: rows are not deleted'); END;
`,
  postgres: `
CREATE TABLE closing (exchange_id TEXT COLLATE "C" PRIMARY KEY);
CREATE TABLE closed_hours (
  hour BIGINT PRIMARY KEY,
${columns('BIGINT')}
);
ALTER TABLE budget_periods ADD COLUMN closed_nano_usd BIGINT NOT NULL DEFAULT 0;
CREATE OR REPLACE FUNCTION ledger_keeps_rows() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM closing WHERE exchange_id = OLD.exchange_id) THEN
    RAISE EXCEPTION 'the ledger is append-only: rows are not deleted';
  END IF;
  RETURN OLD;
END $body$;
`,
};
