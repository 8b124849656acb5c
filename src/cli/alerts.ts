import type { Command } from 'commander';
import type { WebhookConfig } from '../config/config.ts';
import type { Alert } from '../core/alert.ts';
import { makeAlertMessage } from '../metering/alerts/message.ts';
import { type AlertRecord, type DeliveryState, listAlerts } from '../store/alerts.ts';
import { postWebhook } from '../upstream/post-webhook.ts';
import { countArgument } from './arguments.ts';
import { CliError, formatTable, formatTime, print, printJson } from './output.ts';
import { environmentOf, withStore } from './settings.ts';
import { addWebhooksCommand, webhooksInForce } from './webhooks.ts';

/** Adds `alerts list|test|webhooks`. */
export function addAlertsCommand(program: Command): void {
  const alerts = program.command('alerts').description('what operators are told by webhooks');
  alerts
    .command('list')
    .description('list the last alerts and how far each webhook has been told')
    .option('--limit <n>', 'how many at most', countArgument, 50)
    .option('--json', 'print JSON')
    .action(list);
  alerts
    .command('test [webhook]')
    .description('post a test alert to each webhook, or to one')
    .option('--json', 'print JSON')
    .action(test);
  addWebhooksCommand(alerts);
}

async function list({ limit, json }: { limit: number; json?: true }, command: Command): Promise<void> {
  const alerts = await withStore(environmentOf(command).dataDir, (store) => listAlerts(store, limit));
  if (json) return printJson(alerts.map(toJson));
  const titles = ['AT', 'EVENT', 'ALERT', 'WEBHOOK', 'TRIES', 'STATE'];
  print(
    formatTable(
      titles.map((title) => ({ title })),
      alerts.flatMap(toRows),
    ),
  );
}

function toRows({ at, event, id, deliveries }: AlertRecord): string[][] {
  const alert = [formatTime(at), event, id];
  if (deliveries.length === 0) return [[...alert, '-', '-', 'no webhook takes it']];
  return deliveries.map((each) => [...alert, each.webhook, String(each.tries), stateOf(each)]);
}

function stateOf({ sentAt, givenUpAt, failure }: DeliveryState): string {
  if (sentAt !== null) return `sent ${formatTime(sentAt)}`;
  if (givenUpAt !== null) return `given up: ${failure ?? 'unknown reason'}`;
  return failure === null ? 'waiting' : `to be tried again: ${failure}`;
}

function toJson({ id, event, at, data, deliveries }: AlertRecord): object {
  return {
    id,
    event,
    at,
    data,
    deliveries: deliveries.map(({ webhook, tries, sentAt, givenUpAt, failure }) => ({
      webhook,
      tries,
      sent_at: sentAt,
      given_up_at: givenUpAt,
      failure,
    })),
  };
}

async function test(name: string | undefined, { json }: { json?: true }, command: Command): Promise<void> {
  const webhooks = await webhooksInForce(command);
  const asked = webhooks.filter((webhook) => name === undefined || webhook.name === name);
  if (asked.length === 0) {
    throw new CliError(name === undefined ? 'the configuration has no webhooks' : `no webhook is called ${name}`);
  }
  const results = await Promise.all(asked.map(testOne));
  if (json) printJson(results);
  else for (const { webhook, answer } of results) print(`${webhook}: ${answer}`);
  if (results.some(({ ok }) => !ok)) throw new CliError('not all webhooks took the test alert');
}

async function testOne(webhook: WebhookConfig): Promise<{ webhook: string; ok: boolean; answer: string }> {
  const now = Date.now();
  const alert: Alert = { id: `alert.test:${now}`, event: 'alert.test', at: now, data: { webhook: webhook.name } };
  const answer = await postWebhook({ ...webhook, ...makeAlertMessage(alert, webhook, now) });
  if ('problem' in answer) return { webhook: webhook.name, ok: false, answer: answer.problem };
  const ok = answer.status >= 200 && answer.status < 300;
  return { webhook: webhook.name, ok, answer: `answered with HTTP ${answer.status}` };
}
