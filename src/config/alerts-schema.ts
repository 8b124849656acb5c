import * as z from 'zod';
import { ALERT_EVENTS } from '../core/alert.ts';
import type { AlertsConfig } from './config.ts';
import type { LoosePlace } from './problem.ts';
import { channelName, duration } from './schema-fields.ts';
import { type ReadSecret, SHORTEST_SECRET, secretOf, secretText } from './secret-file.ts';

/** Where alerts are posted, as it is written. */
export const webhookUrl = z
  .string()
  .max(2_000)
  .refine(isWebhookUrl, 'must be an http or https address without user or fragment');

/** Which events a webhook is told of. */
export const webhookEvents = z.array(z.enum(ALERT_EVENTS).exclude(['alert.test'])).min(1);

const webhook = z.strictObject({
  name: channelName.describe('Unique name, shown by ezmodel alerts list.'),
  url: webhookUrl.describe('Where alerts are posted.'),
  secret: secretText
    .optional()
    .describe(`What posts are signed with: ${SHORTEST_SECRET} characters or more, best as a reference.`),
  secret_file: z.string().min(1).optional().describe('A file that holds the secret instead.'),
  events: webhookEvents.optional().describe('What is told. Default: all.'),
  private_addresses: z.boolean().default(false).describe('Whether it may be on a loopback or private address.'),
  timeout: duration(1).prefault('10s').describe('How long the receiver may take to answer.'),
});

/** Where operators are told what happens. */
export const alertsSchema = z
  .strictObject({ webhooks: z.array(webhook).max(100).default([]) })
  .prefault({})
  .describe('Who is told of budgets that fill up and of trouble, by signed POST requests.');

type AlertsEntry = z.output<typeof alertsSchema>;

/** The webhooks of a checked file, and what is wrong with them. */
export function alertsOf(
  { webhooks }: AlertsEntry,
  read: ReadSecret,
): { alerts: AlertsConfig; problems: LoosePlace[] } {
  const problems: LoosePlace[] = [];
  const all = webhooks.map((entry, index) => {
    const { secret, problem } = secretOf(entry, read);
    const path = ['alerts', 'webhooks', index];
    if (problem !== undefined) problems.push({ path: [...path, problem.key], message: problem.message });
    if (webhooks.findIndex(({ name }) => name === entry.name) < index) {
      problems.push({ path: [...path, 'name'], message: 'another webhook has the same name' });
    }
    return {
      name: entry.name,
      url: entry.url,
      secret,
      events: entry.events ?? [...ALERT_EVENTS],
      privateAddressesAllowed: entry.private_addresses,
      timeout: entry.timeout,
    };
  });
  return { alerts: { webhooks: all }, problems };
}

function isWebhookUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return (
    url !== undefined && /^https?:\/\/[^/@]+(?:[/?]|$)/i.test(text) && url.username === '' && !/[#\s\\]/.test(text)
  );
}
