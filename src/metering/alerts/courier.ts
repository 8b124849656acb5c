import type { WebhookConfig } from '../../config/config.ts';
import type { Alert } from '../../core/alert.ts';
import {
  announceThreshold,
  type Delivery,
  endTry,
  listCrossedThresholds,
  listDueDeliveries,
  removeAlertsBefore,
  takeDelivery,
  writeAlert,
} from '../../store/alerts.ts';
import type { Store } from '../../store/open.ts';
import { thresholdAlert } from './budget-alerts.ts';
import { type AlertMessage, makeAlertMessage } from './message.ts';

/** How often a process looks for alerts to send, in ms. */
const INTERVAL = 1_000;

/** A second try comes after this, in ms; each further one after twice as long, up to `LONGEST_BACK_OFF`. */
const FIRST_BACK_OFF = 1_000;
const LONGEST_BACK_OFF = 900_000;

/** A process that has taken a delivery keeps others from it for so long beyond the webhook's own time, in ms. */
const LEASE_MARGIN = 30_000;

/** An alert that could not be delivered for so long is given up, in ms. */
const LONGEST_TRYING = 86_400_000;

/** Alerts are remembered for so long, in ms. */
const KEPT_FOR = 30 * 86_400_000;
const HOUR = 3_600_000;

/** Alerts that wait for a store that cannot be written; more are dropped. */
const MOST_WAITING = 1_000;

/** Sends a message to a webhook; answers the HTTP status, or why there is none. Never rejects. */
export type PostAlert = (
  webhook: WebhookConfig,
  message: AlertMessage,
) => Promise<{ status: number } | { problem: string }>;

/** What the courier works with. */
export type CourierParts = {
  store: Store;
  /** Those of the configuration that holds now. */
  webhooks(): readonly WebhookConfig[];
  post: PostAlert;
  /** Unix ms. */
  now(): number;
  /** Told of deliveries that are given up, and of failures of the courier itself. */
  onTrouble(message: string, details: Record<string, unknown>): void;
};

/** Brings alerts to webhooks, at least once each, from whatever process is first to take them. */
export type Courier = {
  /** Notes something to tell; what has been noted under this id before is not told again. Never fails. */
  raise(alert: Alert): void;
  /** Looks for what is due, at once. Resolves when it has been tried. */
  look(): Promise<void>;
  /** Begins to look by itself. Keeps no process alive. */
  start(): void;
  /** Ends looking; resolves when what is under way has ended. */
  close(): Promise<void>;
};

/** Makes the courier of a process. */
export function createCourier({ store, webhooks, post, now, onTrouble }: CourierParts): Courier {
  /** Not in the store yet, with the webhooks that have been told nevertheless. */
  const waiting = new Map<string, { alert: Alert; sent: Set<string>; isTried: boolean }>();
  /** Ids that this process has noted: most repeat themselves for every request. */
  const noted = new Set<string>();
  let looking: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let nextClearing = 0;

  const webhooksFor = ({ event }: Alert) => webhooks().filter(({ events }) => events.includes(event));
  const namesFor = (alert: Alert) => webhooksFor(alert).map(({ name }) => name);

  const raise: Courier['raise'] = (alert) => {
    if (noted.has(alert.id) || waiting.size >= MOST_WAITING) return;
    if (noted.size >= 10 * MOST_WAITING) noted.clear();
    noted.add(alert.id);
    waiting.set(alert.id, { alert, sent: new Set(), isTried: false });
  };

  /** What cannot be kept is told all the same, once: a store that is away is just what operators must hear of. */
  const keepWaiting = async (): Promise<void> => {
    for (const entry of waiting.values()) {
      try {
        await writeAlert(store, entry.alert, namesFor(entry.alert), entry.sent);
        waiting.delete(entry.alert.id);
      } catch (error) {
        if (!entry.isTried) await tellUnkept(entry);
        if (waiting.size >= MOST_WAITING) waiting.delete(entry.alert.id);
        onTrouble('an alert could not be kept', { err: error, alert: entry.alert.id });
      }
    }
  };

  const tellUnkept = async (entry: { alert: Alert; sent: Set<string>; isTried: boolean }): Promise<void> => {
    entry.isTried = true;
    await Promise.all(
      webhooksFor(entry.alert).map(async (webhook) => {
        const answer = await post(webhook, makeAlertMessage(entry.alert, webhook, now()));
        if (isTaken(answer)) entry.sent.add(webhook.name);
      }),
    );
  };

  const announce = async (): Promise<void> => {
    for (const crossed of await listCrossedThresholds(store)) {
      const alert = thresholdAlert(crossed);
      await announceThreshold(store, crossed, alert, namesFor(alert));
    }
  };

  const deliver = async (delivery: Delivery): Promise<void> => {
    const webhook = webhooks().find(({ name }) => name === delivery.webhook);
    const { alert } = delivery;
    if (webhook === undefined) {
      return endTry(store, delivery, { failure: 'is switched off or removed', givenUpAt: now() });
    }
    if (!(await takeDelivery(store, delivery, now() + webhook.timeout + LEASE_MARGIN))) return;
    const answer = await post(webhook, makeAlertMessage(alert, webhook, now()));
    if (isTaken(answer)) return endTry(store, delivery, { sentAt: now() });
    const failure = 'status' in answer ? `answered with HTTP ${answer.status}` : answer.problem;
    if (now() - alert.at < LONGEST_TRYING) {
      return endTry(store, delivery, { failure, nextTryAt: now() + backOffAfter(delivery.tries + 1) });
    }
    onTrouble('an alert could not be delivered and is given up', { alert: alert.id, webhook: webhook.name, failure });
    return endTry(store, delivery, { failure, givenUpAt: now() });
  };

  const clear = async (): Promise<void> => {
    if (performance.now() < nextClearing) return;
    nextClearing = performance.now() + HOUR;
    await removeAlertsBefore(store, now() - KEPT_FOR);
  };

  const lookOnce = async (): Promise<void> => {
    await keepWaiting();
    await announce();
    const longestWait = LONGEST_BACK_OFF + LEASE_MARGIN + Math.max(0, ...webhooks().map(({ timeout }) => timeout));
    await Promise.all((await listDueDeliveries(store, now(), longestWait)).map(deliver));
    await clear();
  };

  const look: Courier['look'] = () => {
    looking ??= lookOnce()
      .catch((error) => onTrouble('alerts could not be looked at', { err: error }))
      .finally(() => {
        looking = undefined;
      });
    return looking;
  };

  return {
    raise,
    look,
    start: () => {
      timer = setInterval(look, INTERVAL).unref();
    },
    close: async () => {
      clearInterval(timer);
      await looking;
    },
  };
}

function isTaken(answer: { status: number } | { problem: string }): boolean {
  return 'status' in answer && answer.status >= 200 && answer.status < 300;
}

/** How long to wait after so many tries, in ms. */
export function backOffAfter(tries: number): number {
  return Math.min(LONGEST_BACK_OFF, FIRST_BACK_OFF * 2 ** Math.min(tries - 1, 30));
}
