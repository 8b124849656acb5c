import type { WebhookConfig } from '../config/config.ts';
import type { BudgetDeskParts } from '../gateway/budget-desk.ts';
import { refusalAlert } from '../metering/alerts/budget-alerts.ts';
import { type Courier, createCourier } from '../metering/alerts/courier.ts';
import { channelAlert, diskAlert, ledgerAlert } from '../metering/alerts/trouble-alerts.ts';
import type { RoutingEvents } from '../routing/routing-events.ts';
import type { Store } from '../store/open.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { postWebhook } from '../upstream/post-webhook.ts';
import { logTrouble } from './log-trouble.ts';

/** Where the parts of a server leave what operators should hear of. */
export type OperatorAlerts = {
  courier: Courier;
  onRefused: BudgetDeskParts['onRefused'];
  /** The disk has little space left; `free` in bytes. */
  onDiskShort(state: 'low' | 'full', free: number): void;
  /** The same events, with those that an operator is told of noted as well. */
  listenTo<Events extends RoutingEvents>(events: Events): Events;
  /** The same metrics; a ledger write that fails is noted as well. */
  watch(metrics: Metrics): Metrics;
};

/** Makes them for one process; `node` names it. */
export function createOperatorAlerts(parts: {
  store: Store;
  webhooks: () => readonly WebhookConfig[];
  node: string;
  now: () => number;
  log: Logger;
}): OperatorAlerts {
  const { store, webhooks, node, now, log } = parts;
  const courier = createCourier({
    store,
    webhooks,
    post: (webhook, message) => postWebhook({ ...webhook, ...message }),
    now,
    onTrouble: (message, details) => logTrouble(log, 'error', details, message),
  });
  return {
    courier,
    onRefused: (refusal, model) => courier.raise(refusalAlert(refusal, model, now())),
    onDiskShort: (state, free) => courier.raise(diskAlert(node, state, free, now())),
    listenTo: (events) => ({
      ...events,
      circuitOpened: (...opened) => {
        events.circuitOpened(...opened);
        courier.raise(channelAlert(...opened, now()));
      },
    }),
    watch: (metrics) => ({
      ...metrics,
      countLedgerFailure: () => {
        metrics.countLedgerFailure();
        courier.raise(ledgerAlert(node, now()));
      },
    }),
  };
}
