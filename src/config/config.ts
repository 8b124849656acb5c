import type { AlertEvent } from '../core/alert.ts';
import type { BudgetPeriod, BudgetScope } from '../core/budget.ts';
import type { DialectId } from '../core/dialect.ts';
import type { Durability } from '../core/durability.ts';
import type { LimitRule } from '../core/limit.ts';
import type { Endpoint } from '../core/provider.ts';
import type { Quirks } from '../core/quirks.ts';
import type { ProjectRole, Role } from '../core/role.ts';
import type { UnpricedSetting } from '../core/unpriced.ts';
import type { ToolClass } from '../core/usage.ts';

/** Limits in time of one upstream call, in ms. */
export type ChannelTimeouts = {
  connect: number;
  /** From sending to the first event of a stream, or to the headers of a whole answer. */
  firstEvent: number;
  /** Silence between two events. */
  idle: number;
  total: number;
};

/** A public model name or pattern (`*` matches any run of characters), and what the upstream calls it. */
export type ModelRule = {
  /** Public name or pattern. */
  pattern: string;
  /** Undefined: the public name itself. */
  upstream: string | undefined;
};

/** Whether a channel takes new requests. */
export const CHANNEL_STATES = ['active', 'drain'] as const;

/** One account at an upstream. */
export type Credential = {
  /** `channel/name`: unique in a configuration, safe to show. */
  id: string;
  /** Unique within the channel. */
  name: string;
  /** Undefined where the upstream takes none. */
  apiKey: string | undefined;
  /** Share of what its channel gets; 0: the last of them. */
  weight: number;
  /** Undefined: none but the upstream's own. */
  limits: CredentialLimits | undefined;
};

/** What one process may send under a credential; undefined: as much as comes. */
export type CredentialLimits = {
  /** Calls that are out at once. */
  concurrent: number | undefined;
  requestsPerMinute: number | undefined;
};

/** The credential of a channel that has one, without a name of its own. */
export const DEFAULT_CREDENTIAL = 'default';

/** How a channel is asked whether it lives, in ms. */
export type HealthCheck = {
  /** From the end of one check of a credential to the next. */
  interval: number;
  timeout: number;
  /** `open`: only while a circuit of the credential is open. */
  when: (typeof HEALTH_CHECK_TIMES)[number];
  /** What is asked for with GET; undefined: the list of models, where the first API of the channel has it. */
  path: string | undefined;
  /** The upstream model that is asked about; undefined: none in particular. */
  model: string | undefined;
};

/** When a credential is checked. */
export const HEALTH_CHECK_TIMES = ['always', 'open'] as const;

/** One upstream: its address and settings, and the accounts there. */
export type ChannelConfig = {
  name: string;
  /** Id of a row of the provider table. */
  provider: string;
  /** Without trailing slash. */
  baseUrl: string;
  /** One at least; where the upstream takes no key, one without. */
  credentials: readonly [Credential, ...Credential[]];
  models: ModelRule[];
  /** Lower goes first. */
  priority: number;
  /** Share among channels of equal priority; its credentials divide it. */
  weight: number;
  /** A draining channel gets no new requests. */
  state: (typeof CHANNEL_STATES)[number];
  timeouts: ChannelTimeouts;
  /** Undefined: health is learnt from requests alone. */
  healthCheck: HealthCheck | undefined;
  /** True when the operator wrote the base URL: loopback and private addresses are then allowed (law SSRF). */
  privateAddressesAllowed: boolean;
  /** Simulator only: ms between two events of a stream. */
  pacing: number | undefined;
  /** What this upstream takes that its provider's row does not say, or the other way round. */
  quirks: Partial<Quirks>;
  /** What models cost here, by upstream model name; before `Config.prices`. */
  prices: Map<string, PriceOverride>;
  /** What is charged for this channel's price, in ten-thousandths. */
  markup: number;
  /** Where it serves which dialect; undefined: as the provider's row says. */
  endpoints: Partial<Record<DialectId, Endpoint>> | undefined;
};

/** How targets of equal priority are put in order. */
export const POLICY_NAMES = ['priority-weighted', 'least-latency', 'least-cost', 'least-busy'] as const;

/** One of the policies. */
export type PolicyName = (typeof POLICY_NAMES)[number];

/** A target that the operator has written out; what is undefined is as its channel says. */
export type ExplicitTarget = {
  channel: string;
  model: string | undefined;
  weight: number | undefined;
  priority: number | undefined;
};

/** What the operator says of a public name. Either `targets`, or `model` and `channels`, or only a policy, timeouts or hedging. */
export type ModelRoute = {
  /** The upstream model; undefined: the public name itself. */
  model: string | undefined;
  /** Undefined: every channel that serves the model. */
  channels: string[] | undefined;
  targets: ExplicitTarget[] | undefined;
  /** Undefined: that of `RoutingConfig`. */
  policy: PolicyName | undefined;
  /** In place of those of its channels, in ms; what is absent is as they say. Undefined: all of them. */
  timeouts: Partial<ChannelTimeouts> | undefined;
  /** What is not said here is as in `RoutingConfig`. */
  hedging: { [key in keyof HedgingConfig]?: HedgingConfig[key] | undefined };
};

/** When a second attempt is begun beside a slow first one, and how often at most. Times in ms. */
export type HedgingConfig = {
  enabled: boolean;
  /** Without content for so long; `p95`: for longer than 19 of 20 answers of the target take. */
  after: 'p95' | number;
  /** Never sooner than this, whatever the target usually takes. */
  floor: number;
  /** Largest share of the requests of a model that are hedged, from 0 to 1. */
  maxShare: number;
};

/** How targets are chosen and failures are survived. Times in ms. */
export type RoutingConfig = {
  policy: PolicyName;
  /** Whether a session stays with the credential that holds its prompt cache. */
  affinity: boolean;
  /** How long it does so without a request, where the request does not say. */
  affinityTtl: number;
  /** Attempts for one request, the first included. */
  maxAttempts: number;
  /** Attempts at one target, the first included. */
  triesPerTarget: number;
  /** No attempt is begun later than this after the request came. */
  totalTime: number;
  /** Largest share of live requests that are retries, from 0 to 1. */
  retryBudget: number;
  /** The longest retry-after that is waited for. */
  maxRetryAfter: number;
  /** How long a beta or field that an upstream has refused is left out. */
  betaMemory: number;
  hedging: HedgingConfig;
};

/** Prices in nano-USD per million tokens, as an operator overrides them. */
export type RatesOverride = {
  input: number;
  output: number;
  cacheRead: number;
  cacheWrite5m: number;
  cacheWrite1h: number;
};

/** What an operator says that a model costs. */
export type PriceOverride = RatesOverride & {
  /** Rates of prompts of more than `aboveInput` tokens, shortest first. */
  longer: readonly (RatesOverride & { aboveInput: number })[];
  /** Nano-USD per thousand; undefined: as the catalogue has it. */
  webSearches: number | undefined;
  /** Nano-USD per thousand of other tools; what is absent is as the catalogue has it. */
  tools?: Readonly<{ [tool in ToolClass]?: number | undefined }> | undefined;
  /** By term, in ten-thousandths; those not named are as the vendor has them. */
  multipliers: Readonly<Record<string, number>>;
};

/** A project as the file has it. */
export type ProjectSetting = {
  name: string;
  /** Undefined: all. */
  models: readonly string[] | undefined;
  tags: readonly string[];
  /** Undefined: all. */
  ipAllow: readonly string[] | undefined;
  /** Unix ms; undefined: never. */
  expiresAt: number | undefined;
  archived: boolean;
  /** What is charged for the price of its channels, in ten-thousandths. */
  markup: number;
  /** How budgets take its requests for models without a price; undefined: as everywhere. */
  unpriced: UnpricedSetting | undefined;
};

/** An API key as the file has it. */
export type KeySetting = {
  name: string;
  /** The 12 characters that the key carries in clear. */
  id: string;
  /** The whole key, or what is stored of it: 64 hex digits. */
  proof: { key: string } | { digest: string };
  /** By name or id. */
  project: string;
  /** Undefined: all. */
  models: readonly string[] | undefined;
  tags: readonly string[];
  /** Undefined: all. */
  ipAllow: readonly string[] | undefined;
  /** Unix ms; undefined: never. */
  expiresAt: number | undefined;
  disabled: boolean;
};

/** A budget as the file has it. */
export type BudgetSetting = {
  name: string;
  /** A project by name or id, a key by id, or a tag. */
  on: { scope: BudgetScope; name: string };
  /** Nano-USD. */
  amount: number;
  period: Exclude<BudgetPeriod, 'prepaid'>;
  /** IANA name. */
  timeZone: string;
  hard: boolean;
  /** Per cent of the amount. */
  alerts: readonly number[];
};

/** Who may spend how much. */
export type SpendingConfig = {
  projects: readonly ProjectSetting[];
  budgets: readonly BudgetSetting[];
  /** What budgets make of models without a price; `ceiling` in nano-USD per million tokens, with `hold` alone. */
  unpriced: UnpricedSetting;
};

/** Where alerts are posted. */
export type WebhookConfig = {
  /** Unique. */
  name: string;
  url: string;
  /** Signs what is posted. */
  secret: string;
  events: readonly AlertEvent[];
  /** Whether it may be on a loopback or private address (law SSRF). */
  privateAddressesAllowed: boolean;
  /** For one post, in ms. */
  timeout: number;
};

/** Who is told of budgets that fill up and of trouble. */
export type AlertsConfig = { webhooks: readonly WebhookConfig[] };

/** What is blotted out of payloads before they are written. */
export type Redaction = { kind: 'literal' | 'pattern'; text: string };

/** Whose payloads are kept, and how. */
export type PayloadRule = {
  /** A project by id or name, or a key by id. */
  on: { scope: 'project' | 'key'; name: string };
  /** For how long, in ms. */
  keep: number;
  /** Bytes of one exchange. */
  maxBytes: number;
  redact: readonly Redaction[];
};

/** How long a kind of data stays; undefined: without limit. */
export type RetentionLimit = { days: number | undefined; bytes: number | undefined };

/** What is deleted when. Sizes in bytes. */
export type RetentionConfig = {
  bodies: RetentionLimit;
  rows: RetentionLimit;
  rollups: RetentionLimit;
  /** With less free disk space no payloads are kept. */
  lowDisk: number;
  /** What is held back of the disk for what is under way when it is full. */
  reserve: number;
};

/** The identity provider that people sign in by. */
export type OidcConfig = {
  /** For people. */
  name: string;
  issuer: string;
  clientId: string;
  /** Undefined: a public client. */
  clientSecret: string | undefined;
  /** Where browsers reach us: an origin. */
  publicUrl: string;
  scopes: readonly string[];
  roleClaim: string;
  /** Values of that claim. */
  roles: ReadonlyMap<Role, readonly string[]>;
  projectClaim: string;
  /** Values of that claim, by name of a project and role there. */
  projects: ReadonlyMap<string, ReadonlyMap<ProjectRole, readonly string[]>>;
  defaultRole: Role | undefined;
  /** Empty: all. */
  allowedDomains: readonly string[];
  trustEmail: boolean;
  /** Passwords are for owners alone. */
  only: boolean;
  privateAddressesAllowed: boolean;
};

/** A whole, checked configuration; immutable, swapped atomically on reload. */
export type Config = {
  /** The file it came from; undefined when it was made from the environment. */
  file: string | undefined;
  channels: ChannelConfig[];
  /** By public name. */
  models: Map<string, ModelRoute>;
  /** By public name or pattern: the models that stand in for it, in order. */
  fallbacks: Map<string, readonly string[]>;
  routing: RoutingConfig;
  /** By upstream model name. */
  prices: Map<string, PriceOverride>;
  limits: readonly LimitRule[];
  /** Empty: no payload is kept. */
  payloads: readonly PayloadRule[];
  keys: readonly KeySetting[];
  retention: RetentionConfig;
  spending: SpendingConfig;
  alerts: AlertsConfig;
  server: {
    /** Largest request body in bytes, before and after decompression. */
    maxBodyBytes: number;
    /** Bytes of request bodies that all requests may hold together. */
    maxBodyBytesInFlight: number;
    /** A request body that brings too little over this long is given up, in ms. */
    slowBody: number;
    /** A client that takes nothing of its answer for this long is cut off, in ms. */
    stalledReader: number;
    /** How long streams may run on after SIGTERM, in ms. */
    drain: number;
    /** Silence on a stream after which a keep-alive is sent, in ms. */
    keepAlive: number;
    /** Files that requests name by URL and that have to be fetched for their upstream. */
    media: { maxBytes: number; timeout: number; privateAddressesAllowed: boolean };
    /**
     * The admin API: whether it answers other machines, the host names by which it may be called, and whether channels that are
     * made there may reach private addresses.
     */
    admin: {
      open: boolean;
      hosts: readonly string[];
      /** Read at the start; undefined: that of the models. */
      port: number | undefined;
      privateChannels: boolean;
      oidc: OidcConfig | undefined;
    };
    /** Addresses and ranges of proxies whose `X-Forwarded-For` is believed. */
    trustedProxies: readonly string[];
    /** Open requests that one key may hold. */
    maxConcurrentPerKey: number;
    /** Requests in flight, of all keys together. */
    maxRequests: number;
    /** Requests that wait for one of those to end. */
    maxQueued: number;
    /** How long one may wait, in ms. */
    maxQueueWait: number;
    /** A process on PostgreSQL that has been silent for so long is taken for dead, in ms. */
    nodeLease: number;
    /** How long known keys are served, and requests without a hard budget begun, while the database is away, in ms. */
    databaseGrace: number;
    /** What each commit to a SQLite file outlives; as it was at the start. */
    durability: Durability;
  };
};
