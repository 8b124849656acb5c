import type { Migration } from './migration.ts';

/**
 * Keys, exchanges and their attempts, the ledger, its hourly roll-ups, and the prices that attempts are pinned to.
 * Times are Unix ms, money is nano-USD, flags are 0 or 1.
 *
 * `exchanges` and `attempts` are clustered by id: with ids that grow with time, writes stay at the end of the tree.
 * `ledger.id` needs no AUTOINCREMENT: rows are never deleted, so an id is never used twice.
 */
export const books: Migration = {
  version: 1,
  sql: `
CREATE TABLE keys (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  digest BLOB NOT NULL,
  last_four TEXT NOT NULL,
  models TEXT CHECK (models IS NULL OR json_valid(models)),
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  disabled_at INTEGER,
  revoked_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE exchanges (
  id TEXT PRIMARY KEY,
  key_id TEXT NOT NULL,
  model TEXT NOT NULL,
  dialect TEXT NOT NULL,
  stream INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  ended_at INTEGER,
  outcome TEXT CHECK (outcome IN ('ok', 'error', 'aborted', 'crashed')),
  http_status INTEGER,
  error_kind TEXT,
  channel TEXT,
  upstream_model TEXT,
  first_event_at INTEGER,
  input INTEGER NOT NULL DEFAULT 0,
  cache_read INTEGER NOT NULL DEFAULT 0,
  cache_write_5m INTEGER NOT NULL DEFAULT 0,
  cache_write_1h INTEGER NOT NULL DEFAULT 0,
  output INTEGER NOT NULL DEFAULT 0,
  reasoning INTEGER NOT NULL DEFAULT 0,
  web_searches INTEGER NOT NULL DEFAULT 0,
  cost_nano_usd INTEGER,
  partial INTEGER NOT NULL DEFAULT 0,
  estimated INTEGER NOT NULL DEFAULT 0,
  unpriced INTEGER NOT NULL DEFAULT 0,
  attempts INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX exchanges_by_start ON exchanges (started_at);
CREATE INDEX exchanges_open ON exchanges (id) WHERE outcome IS NULL;

CREATE TABLE attempts (
  exchange_id TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  channel TEXT NOT NULL,
  provider TEXT NOT NULL,
  upstream_model TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  estimated_input INTEGER NOT NULL,
  price_id TEXT,
  first_event_at INTEGER,
  ended_at INTEGER,
  outcome TEXT CHECK (outcome IN ('ok', 'error', 'aborted', 'crashed')),
  http_status INTEGER,
  error_kind TEXT,
  upstream_request_id TEXT,
  so_far_input INTEGER,
  so_far_cache_read INTEGER,
  so_far_cache_write_5m INTEGER,
  so_far_cache_write_1h INTEGER,
  so_far_output INTEGER,
  so_far_reasoning INTEGER,
  so_far_web_searches INTEGER,
  PRIMARY KEY (exchange_id, attempt)
) STRICT, WITHOUT ROWID;

CREATE TABLE ledger (
  id INTEGER PRIMARY KEY,
  exchange_id TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('charge', 'correction')),
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
  UNIQUE (exchange_id, attempt, kind)
) STRICT;
CREATE TRIGGER ledger_keeps_rows BEFORE DELETE ON ledger
  BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: rows are not deleted'); END;
CREATE TRIGGER ledger_keeps_values BEFORE UPDATE ON ledger
  BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: a correction is a new row'); END;

CREATE TABLE hourly (
  hour INTEGER NOT NULL,
  key_id TEXT NOT NULL,
  model TEXT NOT NULL,
  channel TEXT NOT NULL,
  exchanges INTEGER NOT NULL,
  errors INTEGER NOT NULL,
  unpriced INTEGER NOT NULL,
  input INTEGER NOT NULL,
  cache_read INTEGER NOT NULL,
  cache_write_5m INTEGER NOT NULL,
  cache_write_1h INTEGER NOT NULL,
  output INTEGER NOT NULL,
  reasoning INTEGER NOT NULL,
  web_searches INTEGER NOT NULL,
  cost_nano_usd INTEGER NOT NULL,
  PRIMARY KEY (hour, key_id, model, channel)
) STRICT, WITHOUT ROWID;

CREATE TABLE prices (
  id TEXT PRIMARY KEY,
  version TEXT NOT NULL,
  rates TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE revisions (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO revisions (name, value) VALUES ('keys', 0);
CREATE TRIGGER keys_inserted AFTER INSERT ON keys
  BEGIN UPDATE revisions SET value = value + 1 WHERE name = 'keys'; END;
CREATE TRIGGER keys_updated AFTER UPDATE ON keys
  BEGIN UPDATE revisions SET value = value + 1 WHERE name = 'keys'; END;
CREATE TRIGGER keys_deleted AFTER DELETE ON keys
  BEGIN UPDATE revisions SET value = value + 1 WHERE name = 'keys'; END;
`,
};
