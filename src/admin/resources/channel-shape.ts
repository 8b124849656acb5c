import { z } from '@hono/zod-openapi';
import type { ChannelConfig, Credential } from '../../config/config.ts';
import { channelSettingsSchema } from '../../config/stored.ts';
import type { RefusedFeature } from '../../routing/feature-memory.ts';
import type { ChannelRecord, CredentialRecord } from '../../store/upstreams/channels.ts';
import type { ChannelHealthView } from '../upstream-desk.ts';

const circuit = {
  /** `closed`, `half-open` or `open`. */
  state: z.string(),
  reason: z.string().nullable(),
  failures: z.int(),
  cool_down_ms: z.int(),
};

const credentialShape = z.object({
  name: z.string(),
  /** Of the secret; null for one of the configuration file, and where the upstream takes none. */
  last_four: z.string().nullable(),
  set_at: z.int().nullable(),
  weight: z.number(),
  drained: z.boolean(),
  circuit: z.object(circuit),
  /** Models of it that have something to tell. */
  models: z.array(z.object({ model: z.string(), ...circuit })),
});

/** A channel as the API shows it: never a secret. */
export const channelShape = z.object({
  name: z.string(),
  provider: z.string(),
  base_url: z.string(),
  /** Whether the configuration file rules it. */
  managed: z.boolean(),
  /** False while it is left out of routing: its credential does not open, or its provider is gone. */
  usable: z.boolean(),
  state: z.enum(['active', 'drain']),
  /** Whether it is drained by hand. */
  drained: z.boolean(),
  priority: z.int(),
  weight: z.int(),
  models: z.array(z.object({ name: z.string(), upstream: z.string().nullable() })),
  timeouts_ms: z.object({ connect: z.int(), first_event: z.int(), idle: z.int(), total: z.int() }).nullable(),
  credentials: z.array(credentialShape),
  /** Betas and fields that it has refused, and that requests go without for a time. */
  refused: z.array(z.object({ model: z.string(), feature: z.string(), learned_at: z.int(), expires_at: z.int() })),
  /** As it was set, in the words of the configuration file; null for one of that file. */
  settings: z.record(z.string(), z.unknown()).nullable(),
  created_at: z.int().nullable(),
  updated_at: z.int().nullable(),
});

/** All that is known of a channel. */
export type KnownChannel = {
  name: string;
  /** As routing uses it; undefined while it is left out. */
  config: ChannelConfig | undefined;
  /** Undefined for one of the configuration file. */
  record: ChannelRecord | undefined;
  credentials: readonly CredentialRecord[];
  health: ChannelHealthView | undefined;
  drained: ReadonlySet<string>;
  refused: readonly RefusedFeature[];
};

/** A channel in that shape. */
export function showChannel(channel: KnownChannel): z.input<typeof channelShape> {
  const { name, config, record, drained } = channel;
  const written = record && channelSettingsSchema.safeParse(record.settings).data;
  return {
    name,
    provider: config?.provider ?? written?.provider ?? '',
    base_url: config?.baseUrl ?? written?.base_url ?? '',
    managed: record === undefined,
    usable: config !== undefined,
    state: config?.state ?? 'active',
    drained: drained.has(name),
    priority: config?.priority ?? 0,
    weight: config?.weight ?? 1,
    models: (config?.models ?? []).map(({ pattern, upstream }) => ({ name: pattern, upstream: upstream ?? null })),
    timeouts_ms: config ? timesOf(config) : null,
    credentials: credentialsOf(channel),
    refused: channel.refused.map(({ upstreamModel, feature, learnedAt, expiresAt }) => ({
      model: upstreamModel,
      feature,
      learned_at: learnedAt,
      expires_at: expiresAt,
    })),
    settings: record?.settings ?? null,
    created_at: record?.createdAt ?? null,
    updated_at: record?.updatedAt ?? null,
  };
}

function timesOf({ timeouts: { connect, firstEvent, idle, total } }: ChannelConfig) {
  return { connect, first_event: firstEvent, idle, total };
}

const CLOSED = { state: 'closed', reason: null, failures: 0, cool_down_ms: 0, targets: [] };

/** Those that routing knows, and those that were set and do not open. */
function credentialsOf({ name, config, credentials, health, drained }: KnownChannel) {
  const set = new Map(credentials.map((credential) => [credential.name, credential]));
  const known = new Map((config?.credentials ?? []).map((credential) => [credential.name, credential]));
  return [...new Set([...known.keys(), ...set.keys()])].map((credential) => {
    const of: Pick<Credential, 'weight'> = known.get(credential) ?? set.get(credential) ?? { weight: 1 };
    const found = health?.credentials.find((each) => each.name === credential) ?? CLOSED;
    const { state, reason, failures, cool_down_ms, targets } = found;
    return {
      name: credential,
      last_four: set.get(credential)?.lastFour ?? null,
      set_at: set.get(credential)?.setAt ?? null,
      weight: of.weight,
      drained: drained.has(name) || drained.has(`${name}/${credential}`),
      circuit: { state, reason, failures, cool_down_ms },
      models: targets.map((target) => ({
        model: target.model,
        state: target.state,
        reason: target.reason,
        failures: target.failures,
        cool_down_ms: target.cool_down_ms,
      })),
    };
  });
}

/** What the audit log and the entity tag tell of a channel: what was set, without secrets. */
export function tellChannel({ name, settings }: ChannelRecord, credentials: readonly CredentialRecord[]) {
  return {
    name,
    ...settings,
    credentials: credentials.map((each) => ({
      name: each.name,
      last_four: each.lastFour,
      set_at: each.setAt,
      weight: each.weight,
    })),
  };
}
