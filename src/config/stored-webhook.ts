import * as z from 'zod';
import { ALERT_EVENTS } from '../core/alert.ts';
import type { JsonObject } from '../core/json.ts';
import { webhookEvents, webhookUrl } from './alerts-schema.ts';
import type { WebhookConfig } from './config.ts';
import { type LoosePlace, schemaProblems } from './problem.ts';

const LONGEST_TIMEOUT = 60_000;

/** What the admin API and commands set of a webhook, beside its name and secret. */
export const webhookSettingsShape = {
  url: webhookUrl,
  /** What is told; null: all, those of later versions too. */
  events: webhookEvents.nullable().default(null),
  timeout_ms: z.int().min(1).max(LONGEST_TIMEOUT).default(10_000),
  /** False: it is told nothing for now. */
  enabled: z.boolean().default(true),
};

/** The settings of a stored webhook. */
export const webhookSettingsSchema = z.strictObject(webhookSettingsShape);

/** Those settings, read. */
export type WebhookSettings = z.output<typeof webhookSettingsSchema>;

/** A webhook of the store with its secret open. */
export type StoredWebhook = { name: string; settings: JsonObject; secret: string };

/**
 * A stored webhook as alerts are sent to it; undefined while it is switched off.
 * @param privateAllowed whether it may be on a private address: for the operator of the machine to say, not for admins.
 */
export function parseStoredWebhook(
  { name, settings, secret }: StoredWebhook,
  privateAllowed: boolean,
): { value: WebhookConfig | undefined; problems: LoosePlace[] } {
  const parsed = webhookSettingsSchema.safeParse(settings);
  if (!parsed.success) return { value: undefined, problems: schemaProblems(parsed.error.issues) };
  const { url, events, timeout_ms: timeout, enabled } = parsed.data;
  if (!enabled) return { value: undefined, problems: [] };
  const value = { name, url, secret, events: events ?? ALERT_EVENTS, privateAddressesAllowed: privateAllowed, timeout };
  return { value, problems: [] };
}
