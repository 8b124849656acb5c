import { z } from '@hono/zod-openapi';
import { channelName } from '../../config/schema-fields.ts';
import { channelSettingsSchema } from '../../config/stored.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { deleteDrainStatement } from '../../store/drains.ts';
import type { Statement } from '../../store/query.ts';
import {
  deleteChannelStatements,
  insertChannelStatements,
  listChannels,
  setCredentialStatements,
  updateChannelStatements,
} from '../../store/upstreams/channels.ts';
import { listModelRoutes } from '../../store/upstreams/model-routes.ts';
import { type Change, makeChange } from '../audited.ts';
import {
  allChannels,
  checkChannel,
  findChannel,
  findStoredChannel,
  goesElsewhere,
  invalid,
  type StoredChannelParts,
  sealCredential,
} from '../channel-book.ts';
import { type AdminParts, type Endpoint, endpoint, NOTHING } from '../endpoint.ts';
import { AdminError } from '../problem.ts';
import { channelShape, showChannel, tellChannel } from './channel-shape.ts';

/** The secret of an upstream account. */
export const secret = z
  .string()
  .max(8_192)
  .regex(/^[\x21-\x7e]+$/, 'is empty or holds a space or a character that no header takes');

/** A credential as it is handed in; the secret is never shown again. */
export const newCredential = z.strictObject({
  name: channelName.default('default'),
  api_key: secret,
  weight: z.int().min(0).max(1_000_000).default(1),
});

const credentialList = z.array(newCredential).max(100);

/** The parameter of endpoints about one channel. */
export const channelParameter = z.strictObject({ name: z.string().min(1).max(64) });

/** The endpoints about one channel know the version of what was set; undefined for one of the file. */
export const versionOfChannel = async (
  { store }: AdminParts,
  { name = '' }: Readonly<Record<string, string>>,
): Promise<object | undefined> => {
  const record = (await listChannels(store)).find((each) => each.name === name);
  return record && { settings: record.settings, at: record.updatedAt };
};

/** Settings that a channel need not have: null leaves them to their defaults again. */
function takenBack() {
  const { models, health_check, pacing, endpoints } = channelSettingsSchema.shape;
  return {
    models: models.nullable(),
    health_check: health_check.nullable(),
    pacing: pacing.nullable(),
    endpoints: endpoints.nullable(),
  };
}

const ofOneChannel = {
  owner: 'gateway',
  path: '/channels/{name}',
  status: 200,
  params: channelParameter,
  query: NOTHING,
  answer: z.object({ channel: channelShape }),
  version: versionOfChannel,
} as const;

/** Upstream accounts. */
export const channelEndpoints: readonly Endpoint[] = [
  endpoint('admin', {
    owner: 'gateway',
    method: 'get',
    path: '/channels',
    summary: 'All channels: those of the configuration file, then those made here',
    status: 200,
    params: NOTHING,
    query: NOTHING,
    body: NOTHING,
    answer: z.object({ channels: z.array(channelShape) }),
    handle: async (parts) => ({ channels: (await allChannels(parts)).map(showChannel) }),
  }),
  endpoint('admin', {
    ...ofOneChannel,
    method: 'get',
    summary: 'One channel',
    body: NOTHING,
    handle: async (parts, { params }) => ({ channel: showChannel(await findChannel(parts, params.name)) }),
  }),
  endpoint('admin', {
    owner: 'gateway',
    method: 'post',
    path: '/channels',
    summary: 'Make a channel; its settings are in the words of the configuration file',
    status: 201,
    params: NOTHING,
    query: NOTHING,
    body: channelSettingsSchema.extend({ name: channelName, credentials: credentialList.default([]) }),
    answer: z.object({ channel: channelShape }),
    handle: async (parts, call) => {
      const { name, credentials: given } = call.body;
      const { name: _, credentials: __, ...settings } = objectOf(call.sent);
      const isTaken = (await allChannels(parts)).some((channel) => channel.name === name);
      if (isTaken) throw new AdminError('conflict', 'name: is taken by another channel');
      refuseRepeats(given);
      const at = parts.now();
      const record = { name, settings, createdAt: at, updatedAt: at };
      const names = given.map((credential) => credential.name);
      checkChannel(parts, record, names);
      const credentials = given.map((credential) => sealCredential(parts, name, credential));
      const statements = [...insertChannelStatements(record), ...credentials.flatMap(setCredentialStatements)];
      return changeChannel(parts, call, statements, change('create', null, { record, credentials }));
    },
  }),
  endpoint('admin', {
    ...ofOneChannel,
    method: 'patch',
    summary:
      'Change a channel: what is given stands in the place of what was, null takes it back. Another address needs the credentials anew',
    body: channelSettingsSchema.partial().extend({
      ...takenBack(),
      credentials: credentialList.optional(),
    }),
    handle: async (parts, call) => {
      const before = await findStoredChannel(parts, call.params.name);
      const { credentials: __, ...sent } = objectOf(call.sent);
      const settings = withoutNulls({ ...before.record.settings, ...sent });
      const record = { ...before.record, settings, updatedAt: parts.now() };
      const given = call.body.credentials;
      refuseRepeats(given ?? []);
      if (!given && before.credentials.length > 0) {
        if (goesElsewhere(before.record.settings, settings, parts.upstreams.providers)) {
          throw new AdminError('conflict', 'base_url: another address gets to see the credentials: give them anew');
        }
      }
      checkChannel(
        parts,
        record,
        (given ?? before.credentials).map(({ name }) => name),
      );
      const credentials = given?.map((each) => sealCredential(parts, record.name, each)) ?? before.credentials;
      const statements = [
        // With its credentials, so that those that are not given again are gone.
        ...(given ? [...deleteChannelStatements(record.name), ...insertChannelStatements(record)] : []),
        ...(given ? credentials.flatMap(setCredentialStatements) : updateChannelStatements(record)),
      ];
      return changeChannel(parts, call, statements, change('change', before, { record, credentials }));
    },
  }),
  endpoint('admin', {
    ...ofOneChannel,
    method: 'delete',
    summary: 'Remove a channel with its credentials; what it has served stays in the books',
    body: NOTHING,
    answer: z.object({ name: z.string() }),
    handle: async (parts, call) => {
      const before = await findStoredChannel(parts, call.params.name);
      const { name } = before.record;
      const routes = (await listModelRoutes(parts.store)).filter(({ settings }) => names(settings, name));
      if (routes.length > 0) {
        const models = routes.map((route) => route.name).join(', ');
        throw new AdminError('conflict', `The routes of ${models} name this channel: change them first`);
      }
      const drains = [name, ...before.credentials.map(({ id }) => id)].map(deleteDrainStatement);
      const statements = [...deleteChannelStatements(name), ...drains];
      await makeChange(parts, call, statements, change('remove', before, null));
      await parts.upstreams.refresh();
      return { name };
    },
  }),
];

function change(verb: string, before: StoredChannelParts | null, after: StoredChannelParts | null): Change {
  return {
    action: `channels.${verb}`,
    subject: `channel:${(after ?? before)?.record.name}`,
    before: before && tellChannel(before.record, before.credentials),
    after: after && tellChannel(after.record, after.credentials),
  };
}

/** Makes the change, and shows the channel as it is then. */
export async function changeChannel(
  parts: AdminParts,
  call: Parameters<typeof makeChange>[1],
  statements: readonly Statement[],
  told: Change,
): Promise<{ channel: z.input<typeof channelShape> }> {
  await makeChange(parts, call, statements, told);
  await parts.upstreams.refresh();
  const name = told.subject.slice('channel:'.length);
  return { channel: showChannel(await findChannel(parts, name)) };
}

function names(settings: JsonObject, channel: string): boolean {
  const { channels, targets } = settings;
  const listed = Array.isArray(channels) && channels.includes(channel);
  return (
    listed || (Array.isArray(targets) && targets.some((each) => isJsonObject(each) && each['channel'] === channel))
  );
}

function refuseRepeats(given: readonly { name: string }[]): void {
  const seen = new Set<string>();
  for (const [index, { name }] of given.entries()) {
    if (seen.has(name)) throw invalid([{ path: ['credentials', index, 'name'], message: 'is there twice' }]);
    seen.add(name);
  }
}

function objectOf(sent: unknown): JsonObject {
  return isJsonObject(sent) ? sent : {};
}

function withoutNulls(settings: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== null));
}
