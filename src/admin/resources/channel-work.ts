import { z } from '@hono/zod-openapi';
import { channelName, modelName } from '../../config/schema-fields.ts';
import { deleteDrainStatement, insertDrainStatement } from '../../store/drains.ts';
import { deleteCredentialStatements, setCredentialStatements } from '../../store/upstreams/channels.ts';
import { makeChange } from '../audited.ts';
import { checkChannel, findChannel, findStoredChannel, sealCredential } from '../channel-book.ts';
import { type AdminParts, type Endpoint, endpoint, NOTHING } from '../endpoint.ts';
import { AdminError } from '../problem.ts';
import { channelShape, type showChannel, tellChannel } from './channel-shape.ts';
import { changeChannel, channelParameter, newCredential, versionOfChannel } from './channels.ts';

const testShape = z.object({
  model: z.string(),
  ok: z.boolean(),
  endpoints: z.array(
    z.object({
      dialect: z.string(),
      path: z.string(),
      /** `ok`, `failed`, `unsupported` or `skipped`. */
      probes: z.array(z.object({ name: z.string(), state: z.string(), note: z.string().nullable() })),
    }),
  ),
  cost: z.object({ calls: z.int(), input_tokens: z.int(), output_tokens: z.int() }),
  total_ms: z.int(),
});

const oneChannel = {
  owner: 'gateway',
  status: 200,
  params: channelParameter,
  query: NOTHING,
  answer: z.object({ channel: channelShape }),
} as const;

const whichCredential = z.strictObject({
  credential: channelName.optional().describe('One credential alone; default: the whole channel'),
});

/** What is done with channels: their credentials, drains and tests. */
export const channelWorkEndpoints: readonly Endpoint[] = [
  endpoint('admin', {
    ...oneChannel,
    version: versionOfChannel,
    method: 'post',
    path: '/channels/{name}/credentials',
    summary: 'Set a credential, in place of the one of its name; the secret is never shown again',
    body: newCredential,
    handle: async (parts, call) => {
      const before = await findStoredChannel(parts, call.params.name);
      const { record } = before;
      const credential = sealCredential(parts, record.name, call.body);
      const others = before.credentials.filter(({ name }) => name !== credential.name);
      const credentials = [...others, credential];
      checkChannel(
        parts,
        record,
        credentials.map(({ name }) => name),
      );
      return changeChannel(parts, call, setCredentialStatements(credential), {
        action: 'channels.set-credential',
        subject: `channel:${record.name}`,
        before: tellChannel(record, before.credentials),
        after: tellChannel(record, credentials),
      });
    },
  }),
  endpoint('admin', {
    ...oneChannel,
    version: versionOfChannel,
    method: 'delete',
    path: '/channels/{name}/credentials/{credential}',
    summary: 'Remove a credential',
    params: z.strictObject({ name: z.string().min(1).max(64), credential: z.string().min(1).max(64) }),
    body: NOTHING,
    handle: async (parts, call) => {
      const before = await findStoredChannel(parts, call.params.name);
      const { record } = before;
      const removed = before.credentials.find(({ name }) => name === call.params.credential);
      if (!removed) throw new AdminError('not_found');
      const credentials = before.credentials.filter(({ name }) => name !== removed.name);
      checkChannel(
        parts,
        record,
        credentials.map(({ name }) => name),
      );
      const statements = [...deleteCredentialStatements(removed.id), deleteDrainStatement(removed.id)];
      return changeChannel(parts, call, statements, {
        action: 'channels.remove-credential',
        subject: `channel:${record.name}`,
        before: tellChannel(record, before.credentials),
        after: tellChannel(record, credentials),
      });
    },
  }),
  endpoint('admin', {
    ...oneChannel,
    method: 'post',
    path: '/channels/{name}/drain',
    summary: 'Take a channel, or one of its credentials, out of use: it finishes the requests it has',
    body: whichCredential,
    handle: (parts, call) => changeDrain(parts, call, call.body.credential, true),
  }),
  endpoint('admin', {
    ...oneChannel,
    method: 'post',
    path: '/channels/{name}/undrain',
    summary: 'Take it into use again',
    body: whichCredential,
    handle: (parts, call) => changeDrain(parts, call, call.body.credential, false),
  }),
  endpoint('admin', {
    ...oneChannel,
    method: 'post',
    path: '/channels/{name}/test',
    summary: 'Try what a channel can do, past the ledger: one greeting, or every probe in each API that it serves',
    body: z.strictObject({
      model: modelName.optional().describe('As the upstream calls it; default: one that the channel serves'),
      full: z.boolean().default(false).describe('Whether to run every probe; that takes a while and some tokens'),
    }),
    answer: testShape,
    handle: async (parts, call) => {
      const { name, config } = await findChannel(parts, call.params.name);
      if (!config) throw new AdminError('conflict', 'This channel cannot be used: set its credentials anew');
      const model = call.body.model ?? parts.upstreams.testModel(name);
      if (model === undefined)
        throw new AdminError('invalid_request', 'model: the channel serves only patterns: name one');
      const found = await parts.upstreams.test(name, model, !call.body.full);
      if (!found) throw new AdminError('conflict', 'Other tests are running: try again in a moment', { retryAfter: 5 });
      await makeChange(parts, call, [], {
        action: 'channels.test',
        subject: `channel:${name}`,
        before: null,
        after: { model, ok: found.ok, calls: found.cost.calls },
      });
      return {
        ...found,
        endpoints: found.endpoints.map((each) => ({ ...each, probes: [...each.probes] })),
      };
    },
  }),
];

async function changeDrain(
  parts: AdminParts,
  call: Parameters<typeof makeChange>[1] & { params: { name: string } },
  credential: string | undefined,
  drains: boolean,
): Promise<{ channel: ReturnType<typeof showChannel> }> {
  const { name, config, credentials, drained } = await findChannel(parts, call.params.name);
  const known = [...(config?.credentials ?? []), ...credentials].some((each) => each.name === credential);
  if (credential !== undefined && !known) {
    throw new AdminError('invalid_request', 'credential: the channel has none of this name');
  }
  const id = credential === undefined ? name : `${name}/${credential}`;
  const statement = drains ? insertDrainStatement({ id, drainedAt: parts.now() }) : deleteDrainStatement(id);
  return changeChannel(parts, call, [statement], {
    action: drains ? 'channels.drain' : 'channels.undrain',
    subject: `channel:${name}`,
    before: { id, drained: drained.has(id) },
    after: { id, drained: drains },
  });
}
