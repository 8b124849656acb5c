import type { Migration } from './migration.ts';

/**
 * Ledger rows that a receipt can be made from alone: the price and the terms stand in the row itself. An attempt may have any
 * number of corrections, each with who made it and why. The table is written anew, as its uniqueness cannot be changed.
 */
export const receipts: Migration = {
  version: 6,
  sql: `
CREATE TABLE ledger_with_receipts (
  id INTEGER PRIMARY KEY,
  exchange_id TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('charge', 'correction')),
  sequence INTEGER NOT NULL,
  at INTEGER NOT NULL,
  price_version TEXT NOT NULL,
  input INTEGER NOT NULL,
  cache_read INTEGER NOT NULL,
  cache_write_5m INTEGER NOT NULL,
  cache_write_1h INTEGER NOT NULL,
  output INTEGER NOT NULL,
  reasoning INTEGER NOT NULL,
  web_searches INTEGER NOT NULL,
  cost_nano_usd INTEGER,
  partial INTEGER NOT NULL,
  estimated INTEGER NOT NULL,
  unpriced INTEGER NOT NULL,
  price_id TEXT,
  terms TEXT,
  actor TEXT,
  reason TEXT,
  UNIQUE (exchange_id, attempt, sequence),
  CHECK ((kind = 'charge' AND sequence = 0) OR (kind = 'correction' AND sequence > 0 AND reason IS NOT NULL))
) STRICT;
INSERT INTO ledger_with_receipts (id, exchange_id, attempt, kind, sequence, at, price_version, input, cache_read,
    cache_write_5m, cache_write_1h, output, reasoning, web_searches, cost_nano_usd, partial, estimated, unpriced, price_id,
    reason)
  SELECT l.id, l.exchange_id, l.attempt, l.kind, CASE l.kind WHEN 'charge' THEN 0 ELSE 1 END, l.at, l.price_version, l.input,
    l.cache_read, l.cache_write_5m, l.cache_write_1h, l.output, l.reasoning, l.web_searches, l.cost_nano_usd, l.partial,
    l.estimated, l.unpriced, a.price_id, CASE l.kind WHEN 'charge' THEN NULL ELSE 'before schema 6' END
  FROM ledger l LEFT JOIN attempts a ON a.exchange_id = l.exchange_id AND a.attempt = l.attempt;
DROP TABLE ledger;
ALTER TABLE ledger_with_receipts RENAME TO ledger;
CREATE TRIGGER ledger_keeps_rows BEFORE DELETE ON ledger
  BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: rows are not deleted'); END;
CREATE TRIGGER ledger_keeps_values BEFORE UPDATE ON ledger
  BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: a correction is a new row'); END;
`,
};
