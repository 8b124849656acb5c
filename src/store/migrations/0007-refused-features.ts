import type { Migration } from './migration.ts';

/** What upstreams have refused and requests go without until it expires; `feature` is `beta:…` or `field:…`. Times are Unix ms. */
export const refusedFeatures: Migration = {
  version: 7,
  sql: `
CREATE TABLE refused_features (
  channel TEXT NOT NULL,
  base_url TEXT NOT NULL,
  upstream_model TEXT NOT NULL,
  feature TEXT NOT NULL,
  learned_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (channel, base_url, upstream_model, feature)
);
`,
};
