import type { Migration } from './migration.ts';

/**
 * What operators are told, and how far each webhook has been told of it. `id` follows from the event, so that it is there once
 * however many processes note it; `data` is a JSON object. A delivery is taken by raising `tries`.
 */
export const alerts: Migration = {
  version: 12,
  sql: `
CREATE TABLE alerts (
  id TEXT PRIMARY KEY,
  event TEXT NOT NULL,
  at INTEGER NOT NULL,
  data TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX alerts_by_time ON alerts (at);

CREATE TABLE alert_deliveries (
  alert_id TEXT NOT NULL,
  webhook TEXT NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0,
  next_try_at INTEGER NOT NULL,
  sent_at INTEGER,
  given_up_at INTEGER,
  failure TEXT,
  PRIMARY KEY (alert_id, webhook)
) STRICT, WITHOUT ROWID;
CREATE INDEX alert_deliveries_open ON alert_deliveries (next_try_at) WHERE sent_at IS NULL AND given_up_at IS NULL;
`,
};
