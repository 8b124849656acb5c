import type { LoosePlace } from '../config/problem.ts';
import { parseStoredChannel } from '../config/stored.ts';
import type { JsonObject } from '../core/json.ts';
import type { Provider } from '../core/provider.ts';
import { listFeatures } from '../routing/keep-features.ts';
import { listDrains } from '../store/drains.ts';
import {
  type ChannelRecord,
  type CredentialRecord,
  listChannels,
  listCredentials,
  secretPlace,
} from '../store/upstreams/channels.ts';
import type { AdminParts } from './endpoint.ts';
import { AdminError } from './problem.ts';
import type { KnownChannel } from './resources/channel-shape.ts';

/** A credential as it is handed in. */
export type NewCredential = { name: string; api_key: string; weight: number };

/** A stored channel with its credentials. */
export type StoredChannelParts = { record: ChannelRecord; credentials: CredentialRecord[] };

/** All channels, those of the configuration file first, with all that is known of them. */
export async function allChannels({ store, upstreams, now }: AdminParts): Promise<KnownChannel[]> {
  const [records, credentials, drains, health, lessons] = await Promise.all([
    listChannels(store),
    listCredentials(store),
    listDrains(store),
    upstreams.health(),
    listFeatures(store, now()),
  ]);
  const fromFile = new Set(upstreams.file().channels.map(({ name }) => name));
  const inForce = new Map(upstreams.current().channels.map((channel) => [channel.name, channel]));
  const stored = new Map(records.filter(({ name }) => !fromFile.has(name)).map((record) => [record.name, record]));
  const drained = new Set(drains.map(({ id }) => id));
  // What only stands in until there is another is no channel any more once it has made way.
  const names = [...[...fromFile].filter((name) => inForce.has(name)), ...stored.keys()];
  return names.map((name) => ({
    name,
    config: inForce.get(name),
    record: stored.get(name),
    credentials: stored.has(name) ? credentials.filter(({ channel }) => channel === name) : [],
    health: health.find((each) => each.name === name),
    drained,
    refused: lessons.filter(({ channel }) => channel === name),
  }));
}

/** @throws AdminError when there is no such channel. */
export async function findChannel(parts: AdminParts, name: string): Promise<KnownChannel> {
  const channel = (await allChannels(parts)).find((each) => each.name === name);
  if (!channel) throw new AdminError('not_found');
  return channel;
}

/** A channel of the store. @throws AdminError when there is none of this name, or the configuration file rules it. */
export async function findStoredChannel({ store, upstreams }: AdminParts, name: string): Promise<StoredChannelParts> {
  const isManaged = upstreams.file().channels.some((channel) => channel.name === name);
  const record = (await listChannels(store)).find((each) => each.name === name);
  if (!isManaged && !record) throw new AdminError('not_found');
  if (isManaged || !record) {
    throw new AdminError('conflict', 'This channel is managed by the configuration file: change it there');
  }
  const credentials = (await listCredentials(store)).filter(({ channel }) => channel === name);
  return { record, credentials };
}

/**
 * Checks a channel as routing would read it.
 * @param names of its credentials; their secrets say nothing about whether it can be used.
 * @throws AdminError with each field that is wrong.
 */
export function checkChannel(
  { upstreams }: AdminParts,
  { name, settings }: Pick<ChannelRecord, 'name' | 'settings'>,
  names: readonly string[],
): void {
  const credentials = names.map((credential) => ({ name: credential, apiKey: 'x', weight: 1 }));
  const { value, problems } = parseStoredChannel({ name, settings, credentials }, upstreams.providers, false);
  if (value === undefined) throw invalid(problems);
  const simulated = upstreams.providers.some(({ id, transport }) => id === value.provider && transport !== 'http');
  if (!simulated && !upstreams.isAddressAllowed(value.baseUrl)) {
    const message =
      'is a private address, which server.admin.private_channels of the configuration file does not allow';
    throw invalid([{ path: ['base_url'], message }]);
  }
}

/** Seals a credential for its place. */
export function sealCredential(
  { sealer, now }: AdminParts,
  channel: string,
  { name, api_key: secret, weight }: NewCredential,
): CredentialRecord {
  const id = `${channel}/${name}`;
  const sealed = sealer.seal(Buffer.from(secret), secretPlace(id));
  // Of a short secret four characters would be much.
  const lastFour = secret.length >= 12 ? secret.slice(-4) : '';
  return { id, channel, name, secret: sealed, lastFour, weight, setAt: now() };
}

/** Whether another address or vendor would get to see the credentials that are there. */
export function goesElsewhere(before: JsonObject, after: JsonObject, providers: readonly Provider[]): boolean {
  const addressOf = (settings: JsonObject) =>
    settings['base_url'] ?? providers.find(({ id }) => id === settings['provider'])?.defaultBaseUrl;
  return before['provider'] !== after['provider'] || addressOf(before) !== addressOf(after);
}

/** Problems as the admin API tells them. */
export function invalid(problems: readonly LoosePlace[]): AdminError {
  const errors = problems.map(({ path, message }) => ({ field: path.join('.'), message }));
  const [first] = errors;
  return new AdminError('invalid_request', first && `${first.field}: ${first.message}`, { errors });
}
