import type { JsonObject } from '../core/json.ts';
import type { Store } from './open.ts';
import { query, type Statement } from './query.ts';
import type { WebhooksTable } from './schema.ts';
import { readSettings } from './upstreams/channels.ts';
import { countUpstreamChange } from './upstreams/revision.ts';

/** A receiver of alerts that was made by command or over the admin API. Times are Unix ms. */
export type WebhookRecord = {
  name: string;
  /** As `config/stored-webhook.ts` reads it. */
  settings: JsonObject;
  /** Sealed for its place, see {@link webhookSecretPlace}. */
  secret: Uint8Array;
  createdAt: number;
  updatedAt: number;
};

/** Where the secret of a webhook stands. */
export function webhookSecretPlace(name: string): { table: string; id: string; column: string } {
  return { table: 'webhooks', id: name, column: 'secret' };
}

/** All of them, by name. @throws StoreError `corrupt` */
export async function listWebhooks(store: Store): Promise<WebhookRecord[]> {
  const rows = await store.reader.all(query.selectFrom('webhooks').selectAll().orderBy('name').compile());
  return rows.map(toRecord);
}

/** The statements that store a new one; they are refused when its name is taken. */
export function insertWebhookStatements(webhook: WebhookRecord): Statement[] {
  return [query.insertInto('webhooks').values(toRow(webhook)).compile(), countUpstreamChange()];
}

/** The statements that write one that exists. */
export function updateWebhookStatements(webhook: WebhookRecord): Statement[] {
  const { name, ...values } = toRow(webhook);
  return [query.updateTable('webhooks').set(values).where('name', '=', name).compile(), countUpstreamChange()];
}

/** The statements that remove one. What it was still to be told is given up. */
export function deleteWebhookStatements(name: string): Statement[] {
  return [query.deleteFrom('webhooks').where('name', '=', name).compile(), countUpstreamChange()];
}

function toRow({ name, settings, secret, createdAt, updatedAt }: WebhookRecord): WebhooksTable {
  return { name, settings: JSON.stringify(settings), secret, created_at: createdAt, updated_at: updatedAt };
}

function toRecord({ name, settings, secret, created_at, updated_at }: WebhooksTable): WebhookRecord {
  const read = readSettings(settings, `webhook ${name}`);
  return { name, settings: read, secret, createdAt: created_at, updatedAt: updated_at };
}
