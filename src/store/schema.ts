import type { Outcome } from '../core/exchange.ts';
import type { LimitMeasure } from '../core/limit.ts';
import type { Counter } from './tables/counters.ts';

type CounterColumns = Record<Counter, number>;
type Flag = 0 | 1;

/** A row of `keys`. Times are Unix ms. */
export type KeysTable = {
  id: string;
  name: string;
  digest: Uint8Array;
  last_four: string;
  /** JSON array of public model names; null: all. */
  models: string | null;
  created_at: number;
  expires_at: number | null;
  disabled_at: number | null;
  revoked_at: number | null;
  project_id: string;
  /** JSON array of CIDR ranges; null: all. */
  ip_allow: string | null;
  /** JSON array; null: none. */
  tags: string | null;
  /** 1 when `ezmodel.yaml` rules it. */
  managed: number;
  /** What stood in `digest` before the key was rotated, and until when it is still taken. */
  previous_digest: Uint8Array | null;
  previous_until: number | null;
};

/** A row of `projects`. Times are Unix ms; lists are JSON arrays of texts. */
export type ProjectsTable = {
  id: string;
  name: string;
  created_at: number;
  archived_at: number | null;
  /** Null: all. */
  models: string | null;
  /** Null: all. */
  ip_allow: string | null;
  expires_at: number | null;
  /** Null: none. */
  default_tags: string | null;
  /** In ten-thousandths. */
  markup: number;
  /** JSON; null: as everywhere. */
  unpriced: string | null;
  /** 1 when `ezmodel.yaml` rules it. */
  managed: number;
};

/** A row of `exchanges`; `outcome` is null while it is open. */
type ExchangesTable = CounterColumns & {
  id: string;
  key_id: string;
  model: string;
  dialect: string;
  stream: Flag;
  started_at: number;
  ended_at: number | null;
  outcome: Outcome | null;
  http_status: number | null;
  error_kind: string | null;
  channel: string | null;
  upstream_model: string | null;
  first_event_at: number | null;
  cost_nano_usd: number | null;
  partial: Flag;
  estimated: Flag;
  unpriced: Flag;
  attempts: number;
  /** Codes of losses, separated by spaces; null: none. */
  losses: string | null;
  project_id: string;
  /** Separated by spaces; null: none. */
  tags: string | null;
  /** The process that opened it; null: one from before processes had names. */
  node: string | null;
};

/** A row of `attempts`; `so_far_*` is its last checkpoint. */
type AttemptsTable = {
  [column in `so_far_${Counter}`]: number | null;
} & {
  exchange_id: string;
  attempt: number;
  channel: string;
  provider: string;
  upstream_model: string;
  started_at: number;
  estimated_input: number;
  price_id: string | null;
  first_event_at: number | null;
  ended_at: number | null;
  outcome: Outcome | null;
  http_status: number | null;
  error_kind: string | null;
  upstream_request_id: string | null;
  dialect: string | null;
  reason: string | null;
  request_bytes: number;
  answer_bytes: number;
  sent_at: number | null;
  headers_at: number | null;
  waited_ms: number | null;
  connect_ms: number | null;
  /** JSON objects. */
  client_headers: string | null;
  answer_headers: string | null;
};

/** A row of `ledger`. */
type LedgerTable = CounterColumns & {
  id: number;
  exchange_id: string;
  attempt: number;
  kind: 'charge' | 'correction';
  /** 0 for the charge, then 1, 2, … */
  sequence: number;
  at: number;
  price_version: string;
  cost_nano_usd: number | null;
  partial: Flag;
  estimated: Flag;
  unpriced: Flag;
  price_id: string | null;
  /** Separated by spaces; null: the standard ones. */
  terms: string | null;
  actor: string | null;
  reason: string | null;
};

/** A row of `hourly`; `hour` is hours since the epoch. */
type HourlyTable = CounterColumns & {
  hour: number;
  key_id: string;
  model: string;
  channel: string;
  exchanges: number;
  errors: number;
  unpriced: number;
  cost_nano_usd: number;
  project_id: string;
};

/** A row of `refused_features`; times are Unix ms. */
export type RefusedFeaturesTable = {
  channel: string;
  base_url: string;
  upstream_model: string;
  feature: string;
  learned_at: number;
  expires_at: number;
};

/** A row of `users`. Times are Unix ms. */
export type UsersTable = {
  id: string;
  email: string;
  name: string;
  role: string;
  password: string;
  created_at: number;
  disabled_at: number | null;
};

/** A row of `sessions`. Times are Unix ms. */
export type SessionsTable = {
  id: string;
  digest: Uint8Array;
  user_id: string;
  created_at: number;
  seen_at: number;
  address: string;
  agent: string;
  /** Of the identity provider that it was begun by; null: by a password. */
  issuer: string | null;
};

/** A row of `admin_tokens`. Times are Unix ms. */
export type AdminTokensTable = {
  id: string;
  name: string;
  digest: Uint8Array;
  role: string;
  created_by: string;
  created_at: number;
  expires_at: number;
  revoked_at: number | null;
};

/** A row of `project_members`. */
export type ProjectMembersTable = {
  project_id: string;
  /** Of a user or an admin token. */
  member_id: string;
  role: string;
  /** Unix ms. */
  added_at: number;
};

/** A row of `second_factors`. Times are Unix ms. */
export type SecondFactorsTable = {
  user_id: string;
  sealed_secret: Uint8Array;
  made_at: number;
  confirmed_at: number | null;
  last_step: number;
};

/** A row of `invitations`. Times are Unix ms. */
export type InvitationsTable = {
  id: string;
  digest: Uint8Array;
  email: string;
  role: string;
  /** JSON: roles by project id. */
  projects: string;
  invited_by: string;
  created_at: number;
  expires_at: number;
  ended_at: number | null;
};

/** A row of `user_logins`. */
export type UserLoginsTable = {
  issuer: string;
  subject: string;
  user_id: string;
  /** Unix ms. */
  linked_at: number;
};

/** A row of `audit`. */
export type AuditTable = {
  /** One more than that of the row before. */
  id: number;
  /** Unix ms. */
  at: number;
  /** `user:<id>`, `token:<id>`, `cli`, or `nobody`. */
  actor: string;
  /** The address it came from; `local` for the command line. */
  address: string;
  /** Such as `keys.create`. */
  action: string;
  /** What was changed, such as `key:<id>`. */
  subject: string;
  /** JSON of what stood before and after; null where there was nothing. */
  before: string | null;
  after: string | null;
  hash: string;
};

/** A row of `payloads`. Times are Unix ms. */
export type PayloadsTable = {
  exchange_id: string;
  key_id: string;
  project_id: string;
  created_at: number;
  expires_at: number;
  bytes: number;
  sealed: Uint8Array;
};

/** A row of `limits`. */
export type LimitsTable = Record<LimitMeasure, number | null> & {
  scope: string;
  scope_id: string;
  model: string;
  /** ms */
  burst: number;
};

/** A row of `given_answers`. Times are Unix ms. */
export type GivenAnswersTable = {
  actor: string;
  /** HMAC of the idempotency key. */
  digest: Uint8Array;
  /** HMAC of the request. */
  request: Uint8Array;
  /** Sealed under the idempotency key; null while the request is being served. */
  body: Uint8Array | null;
  at: number;
};

/** A row of `nodes`. Times are Unix ms by the clock of the node itself. */
type NodesTable = { id: string; beats: number; started_at: number; seen_at: number };
/** A row of `channels`. Times are Unix ms; `settings` is a JSON object. */
export type ChannelsTable = { name: string; settings: string; created_at: number; updated_at: number };

/** A row of `credentials`. */
export type CredentialsTable = {
  /** `channel/name`. */
  id: string;
  channel: string;
  name: string;
  /** Sealed. */
  secret: Uint8Array;
  last_four: string;
  weight: number;
  /** Unix ms. */
  set_at: number;
};

/** A row of `webhooks`. Times are Unix ms; `settings` is a JSON object, `secret` is sealed. */
export type WebhooksTable = {
  name: string;
  settings: string;
  secret: Uint8Array;
  created_at: number;
  updated_at: number;
};

/** A row of `model_routes`. Times are Unix ms; `settings` is a JSON object. */
export type ModelRoutesTable = { name: string; settings: string; created_at: number; updated_at: number };

/** All tables, as queries see them. */
export type Database = {
  keys: KeysTable;
  nodes: NodesTable;
  projects: ProjectsTable;
  exchanges: ExchangesTable;
  attempts: AttemptsTable;
  ledger: LedgerTable;
  hourly: HourlyTable;
  prices: { id: string; version: string; rates: string };
  /** By id: a channel, or `channel/credential`. */
  drains: { id: string; drained_at: number };
  refused_features: RefusedFeaturesTable;
  users: UsersTable;
  sessions: SessionsTable;
  admin_tokens: AdminTokensTable;
  project_members: ProjectMembersTable;
  second_factors: SecondFactorsTable;
  recovery_codes: { user_id: string; digest: Uint8Array };
  invitations: InvitationsTable;
  user_logins: UserLoginsTable;
  audit: AuditTable;
  limits: LimitsTable;
  payloads: PayloadsTable;
  given_answers: GivenAnswersTable;
  /** Times are Unix ms, 0 for none. */
  guesses: { name: Uint8Array; at_1: number; at_2: number; at_3: number; at_4: number; at_5: number };
  channels: ChannelsTable;
  credentials: CredentialsTable;
  model_routes: ModelRoutesTable;
  webhooks: WebhooksTable;
  /** Values are JSON; times are Unix ms. */
  settings: { name: string; value: string; updated_at: number };
  revisions: { name: string; value: number };
  schema_versions: { version: number; applied_at: number };
};
