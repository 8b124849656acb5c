import { z } from '@hono/zod-openapi';
import { channelName } from '../../config/schema-fields.ts';
import { secretText } from '../../config/secret-file.ts';
import { type WebhookSettings, webhookSettingsSchema, webhookSettingsShape } from '../../config/stored-webhook.ts';
import { ALERT_EVENTS, type Alert } from '../../core/alert.ts';
import { makeAlertMessage } from '../../metering/alerts/message.ts';
import type { Statement } from '../../store/query.ts';
import {
  deleteWebhookStatements,
  insertWebhookStatements,
  listWebhooks,
  updateWebhookStatements,
  type WebhookRecord,
  webhookSecretPlace,
} from '../../store/webhooks.ts';
import { makeChange } from '../audited.ts';
import { invalid } from '../channel-book.ts';
import { type AdminParts, type Endpoint, endpoint, NOTHING } from '../endpoint.ts';
import { AdminError } from '../problem.ts';
import { changed } from './fields.ts';

const webhookShape = z.object({
  name: z.string(),
  url: z.string(),
  /** What is told; null: all. */
  events: z.array(z.enum(ALERT_EVENTS)).nullable(),
  timeout_ms: z.int(),
  enabled: z.boolean(),
  /** Whether the configuration file rules it. */
  managed: z.boolean(),
  /** When the secret, or anything else, was set last; null for one of the configuration file. */
  updated_at: z.int().nullable(),
});

type WebhookShape = z.input<typeof webhookShape>;

const webhookParameter = z.strictObject({ name: channelName });
const answer = z.object({ webhook: webhookShape });

const ofOneWebhook = {
  path: '/webhooks/{name}',
  owner: 'gateway',
  status: 200,
  params: webhookParameter,
  query: NOTHING,
  version: async ({ store }: AdminParts, { name }: Readonly<Record<string, string>>) => {
    const record = (await listWebhooks(store)).find((each) => each.name === name);
    return record && { ...showRecord(record), created_at: record.createdAt };
  },
} as const;

/** Receivers of alerts. */
export const webhookEndpoints: readonly Endpoint[] = [
  endpoint('admin', {
    owner: 'gateway',
    method: 'get',
    path: '/webhooks',
    summary: 'All webhooks that are told of alerts: those of the configuration file, then those made here',
    status: 200,
    params: NOTHING,
    query: NOTHING,
    body: NOTHING,
    answer: z.object({ webhooks: z.array(webhookShape), events: z.array(z.enum(ALERT_EVENTS)) }),
    handle: async (parts) => ({
      webhooks: await allWebhooks(parts),
      events: ALERT_EVENTS.filter((event) => event !== 'alert.test'),
    }),
  }),
  endpoint('admin', {
    owner: 'gateway',
    method: 'post',
    path: '/webhooks',
    summary: 'Make a webhook; the secret that its posts are signed with is never shown again',
    status: 201,
    params: NOTHING,
    query: NOTHING,
    body: webhookSettingsSchema.extend({ name: channelName, secret: secretText }),
    answer,
    handle: async (parts, call) => {
      const { name, secret, ...settings } = call.body;
      if ((await allWebhooks(parts)).some((each) => each.name === name)) {
        throw new AdminError('conflict', 'name: is taken by another webhook');
      }
      requireReach(parts, settings);
      const at = parts.now();
      const record = { name, settings, secret: sealSecret(parts, name, secret), createdAt: at, updatedAt: at };
      return changeWebhook(parts, call, insertWebhookStatements(record), {
        verb: 'create',
        before: null,
        after: record,
      });
    },
  }),
  endpoint('admin', {
    ...ofOneWebhook,
    method: 'get',
    summary: 'One webhook',
    body: NOTHING,
    answer,
    handle: async (parts, { params }) => {
      const webhook = (await allWebhooks(parts)).find(({ name }) => name === params.name);
      if (!webhook) throw new AdminError('not_found');
      return { webhook };
    },
  }),
  endpoint('admin', {
    ...ofOneWebhook,
    method: 'patch',
    summary: 'Change a webhook: what is given stands in the place of what was, the secret too',
    body: z.strictObject({
      url: webhookSettingsShape.url.optional(),
      events: webhookSettingsShape.events.unwrap().optional(),
      timeout_ms: webhookSettingsShape.timeout_ms.unwrap().optional(),
      enabled: webhookSettingsShape.enabled.unwrap().optional(),
      secret: secretText.optional(),
    }),
    answer,
    handle: async (parts, call) => {
      const before = await findStored(parts, call.params.name);
      const { secret, ...given } = call.body;
      const settings = changed(settingsOf(before), given);
      requireReach(parts, settings);
      const sealed = secret === undefined ? before.secret : sealSecret(parts, before.name, secret);
      const record = { ...before, settings, secret: sealed, updatedAt: parts.now() };
      return changeWebhook(parts, call, updateWebhookStatements(record), { verb: 'change', before, after: record });
    },
  }),
  endpoint('admin', {
    ...ofOneWebhook,
    method: 'delete',
    summary: 'Remove a webhook; what it was still to be told is given up',
    body: NOTHING,
    answer,
    handle: async (parts, call) => {
      const before = await findStored(parts, call.params.name);
      return changeWebhook(parts, call, deleteWebhookStatements(before.name), { verb: 'remove', before, after: null });
    },
  }),
  endpoint('admin', {
    owner: 'gateway',
    method: 'post',
    path: '/webhooks/{name}/test',
    summary: 'Post a test alert to a webhook that is in force, and tell what it answered',
    status: 200,
    params: webhookParameter,
    query: NOTHING,
    body: NOTHING,
    answer: z.object({ ok: z.boolean(), status: z.int().nullable(), problem: z.string().nullable() }),
    handle: async ({ upstreams, now }, { params: { name } }) => {
      await upstreams.refresh();
      const webhook = upstreams.current().alerts.webhooks.find((each) => each.name === name);
      if (!webhook) throw new AdminError('not_found');
      const at = now();
      const alert: Alert = { id: `alert.test:${at}`, event: 'alert.test', at, data: { webhook: name } };
      const told = await upstreams.tell(webhook, makeAlertMessage(alert, webhook, at));
      const status = 'status' in told ? told.status : null;
      const problem = 'problem' in told ? told.problem : null;
      return { ok: status !== null && status >= 200 && status < 300, status, problem };
    },
  }),
];

/** Those of the configuration file first; they stand in for stored ones of the same name. */
async function allWebhooks({ store, upstreams }: AdminParts): Promise<WebhookShape[]> {
  const fromFile = upstreams.file().alerts.webhooks.map(({ name, url, events, timeout }) => ({
    name,
    url,
    events: events.length === ALERT_EVENTS.length ? null : [...events],
    timeout_ms: timeout,
    enabled: true,
    managed: true,
    updated_at: null,
  }));
  const taken = new Set(fromFile.map(({ name }) => name));
  const stored = (await listWebhooks(store)).filter(({ name }) => !taken.has(name));
  return [...fromFile, ...stored.map(showRecord)];
}

function showRecord(record: WebhookRecord): WebhookShape {
  return { name: record.name, ...settingsOf(record), managed: false, updated_at: record.updatedAt };
}

/** Settings that a later version wrote and this one cannot read are shown as far as they go. */
function settingsOf({ settings }: WebhookRecord): WebhookSettings {
  const read = webhookSettingsSchema.safeParse(settings).data;
  return read ?? { url: String(settings['url'] ?? ''), events: null, timeout_ms: 10_000, enabled: false };
}

/** @throws AdminError when there is none of this name, or the configuration file rules it. */
async function findStored({ store, upstreams }: AdminParts, name: string): Promise<WebhookRecord> {
  if (upstreams.file().alerts.webhooks.some((each) => each.name === name)) {
    throw new AdminError('conflict', 'This webhook is managed by the configuration file: change it there');
  }
  const record = (await listWebhooks(store)).find((each) => each.name === name);
  if (!record) throw new AdminError('not_found');
  return record;
}

/** @throws AdminError for an address that alerts of admins may not go to; names are checked when they are connected to. */
function requireReach({ upstreams }: AdminParts, { url }: Pick<WebhookSettings, 'url'>): void {
  if (upstreams.isAddressAllowed(url)) return;
  const message = 'is a private address, which server.admin.private_channels of the configuration file does not allow';
  throw invalid([{ path: ['url'], message }]);
}

function sealSecret({ sealer }: AdminParts, name: string, secret: string): Uint8Array {
  return sealer.seal(Buffer.from(secret), webhookSecretPlace(name));
}

/** Makes the change, and shows the webhook that was made, changed or removed. */
async function changeWebhook(
  parts: AdminParts,
  call: Parameters<typeof makeChange>[1],
  statements: readonly Statement[],
  told: { verb: string; before: WebhookRecord | null; after: WebhookRecord | null },
): Promise<{ webhook: WebhookShape }> {
  const { verb, before, after } = told;
  const record = after ?? before;
  if (!record) throw new Error('a change of no webhook');
  await makeChange(parts, call, statements, {
    action: `webhooks.${verb}`,
    subject: `webhook:${record.name}`,
    before: before && showRecord(before),
    after: after && showRecord(after),
  });
  await parts.upstreams.refresh();
  return { webhook: showRecord(record) };
}
