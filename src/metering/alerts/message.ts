import { createHmac } from 'node:crypto';
import type { WebhookConfig } from '../../config/config.ts';
import type { Alert } from '../../core/alert.ts';

/** An alert as a webhook gets it. */
export type AlertMessage = { headers: Record<string, string>; body: string };

/** Makes the message for one webhook, signed for this moment: `now` in Unix ms. */
export function makeAlertMessage(alert: Alert, { secret }: Pick<WebhookConfig, 'secret'>, now: number): AlertMessage {
  const { id, event, at, data } = alert;
  const body = JSON.stringify({ id, event, at: new Date(at).toISOString(), data });
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'ezmodel',
      'x-ezmodel-event': event,
      'x-ezmodel-alert': id,
      'x-ezmodel-signature': signature(body, secret, Math.floor(now / 1_000)),
    },
  };
}

/** `t=<Unix seconds>,v1=<hex>`: HMAC-SHA256 over `<Unix seconds>.<body>`, so that an old message cannot be sent again as a new one. */
export function signature(body: string, secret: string, seconds: number): string {
  const digest = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
  return `t=${seconds},v1=${digest}`;
}
