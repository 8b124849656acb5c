import { sql } from 'kysely';
import { ALERT_EVENTS, type Alert } from '../core/alert.ts';
import { isJsonObject } from '../core/json.ts';
import type { Store } from './open.ts';
import { query, type Statement } from './query.ts';

/** An alert on its way to one webhook. Times are Unix ms. */
export type Delivery = { alert: Alert; webhook: string; tries: number };

/** An alert and how far each webhook has been told of it. */
export type AlertRecord = Alert & { deliveries: DeliveryState[] };

/** How far one webhook has been told of an alert. Times are Unix ms. */
export type DeliveryState = {
  webhook: string;
  tries: number;
  sentAt: number | null;
  givenUpAt: number | null;
  /** Why the last try failed; null: none has. */
  failure: string | null;
};

type AlertRow = { id: string; event: string; at: number; data: string };

/**
 * Notes an alert with a delivery for each webhook, unless it is there already.
 * @param sent names of webhooks that have been told already.
 */
export async function writeAlert(
  store: Store,
  alert: Alert,
  webhooks: readonly string[],
  sent: ReadonlySet<string> = new Set(),
): Promise<void> {
  await store.writer.runTogether(alertStatements(alert, webhooks, sent));
}

function alertStatements({ id, event, at, data }: Alert, webhooks: readonly string[], sent: ReadonlySet<string>) {
  const when = Math.trunc(at);
  return [
    sql`INSERT INTO alerts (id, event, at, data) VALUES (${id}, ${event}, ${when}, ${JSON.stringify(data)})
      ON CONFLICT DO NOTHING`.compile(query),
    ...webhooks.map((webhook) =>
      sql`INSERT INTO alert_deliveries (alert_id, webhook, next_try_at, sent_at)
        VALUES (${id}, ${webhook}, ${when}, ${sent.has(webhook) ? when : null}) ON CONFLICT DO NOTHING`.compile(query),
    ),
  ];
}

/** A threshold of a budget that was crossed and that no alert tells of yet. Money is nano-USD, times are Unix ms. */
export type CrossedThreshold = {
  budget_id: string;
  name: string;
  subject: string;
  hard: number;
  amount_nano_usd: number;
  period: string;
  period_start: number;
  threshold: number;
  crossed_at: number;
  spent_nano_usd: number;
};

/** Thresholds that no alert tells of yet, the oldest first, 100 at most. */
export function listCrossedThresholds(store: Store): Promise<CrossedThreshold[]> {
  return store.reader.all(
    sql<CrossedThreshold>`SELECT a.budget_id, b.name, b.subject, b.hard, b.amount_nano_usd, b.period, a.period_start, a.threshold,
        a.crossed_at, a.spent_nano_usd
      FROM budget_alerts a JOIN budgets b ON b.id = a.budget_id
      WHERE a.sent_at IS NULL ORDER BY a.next_try_at LIMIT 100`.compile(query),
  );
}

/** The statement that lets thresholds of a budget be told again which a larger amount has put out of reach. */
export function rearmThresholdsStatement(budgetId: string): Statement {
  return sql`DELETE FROM budget_alerts WHERE budget_id = ${budgetId} AND sent_at IS NOT NULL AND EXISTS (
    SELECT 1 FROM budgets b JOIN budget_periods p ON p.budget_id = b.id
    WHERE b.id = budget_alerts.budget_id AND p.period_start = budget_alerts.period_start
      AND p.spent_nano_usd * 100 < b.amount_nano_usd * budget_alerts.threshold)`.compile(query);
}

/** Makes an alert of a crossed threshold: from then on its deliveries alone say how far it is. */
export async function announceThreshold(
  store: Store,
  { budget_id, period_start, threshold }: CrossedThreshold,
  alert: Alert,
  webhooks: readonly string[],
): Promise<void> {
  await store.writer.runTogether([
    ...alertStatements(alert, webhooks, new Set()),
    sql`UPDATE budget_alerts SET sent_at = ${Math.trunc(alert.at)}
      WHERE budget_id = ${budget_id} AND period_start = ${period_start} AND threshold = ${threshold}`.compile(query),
  ]);
}

/**
 * Deliveries that are due at `now`, the oldest first, 100 at most. One whose time lies further ahead than any back-off was put
 * there by a clock that has been set back since, and is due as well (`reliability.md` S8).
 */
export async function listDueDeliveries(store: Store, now: number, longestWait: number): Promise<Delivery[]> {
  const rows = await store.reader.all(
    sql<AlertRow & { webhook: string; tries: number }>`SELECT a.id, a.event, a.at, a.data, d.webhook, d.tries
      FROM alert_deliveries d JOIN alerts a ON a.id = d.alert_id
      WHERE d.sent_at IS NULL AND d.given_up_at IS NULL
        AND (d.next_try_at <= ${Math.trunc(now)} OR d.next_try_at > ${Math.trunc(now + longestWait)})
      ORDER BY d.next_try_at LIMIT 100`.compile(query),
  );
  return rows.map((row) => ({ alert: toAlert(row), webhook: row.webhook, tries: row.tries }));
}

/** Takes a delivery for a process alone until `until` (Unix ms); false when another one was faster. */
export async function takeDelivery(store: Store, { alert, webhook, tries }: Delivery, until: number): Promise<boolean> {
  const taken = await store.writer.run(
    sql`UPDATE alert_deliveries SET tries = ${tries + 1}, next_try_at = ${Math.trunc(until)}
      WHERE alert_id = ${alert.id} AND webhook = ${webhook} AND tries = ${tries}
        AND sent_at IS NULL AND given_up_at IS NULL`.compile(query),
  );
  return taken > 0;
}

/** How a try ended. Times are Unix ms. */
export type TryEnd =
  | { sentAt: number }
  | { failure: string; nextTryAt: number }
  | { failure: string; givenUpAt: number };

/** Notes how a delivery that was taken has ended. */
export async function endTry(store: Store, { alert, webhook }: Delivery, end: TryEnd): Promise<void> {
  const change =
    'sentAt' in end
      ? sql`sent_at = ${Math.trunc(end.sentAt)}, failure = NULL`
      : 'nextTryAt' in end
        ? sql`next_try_at = ${Math.trunc(end.nextTryAt)}, failure = ${end.failure}`
        : sql`given_up_at = ${Math.trunc(end.givenUpAt)}, failure = ${end.failure}`;
  await store.writer.run(
    sql`UPDATE alert_deliveries SET ${change}
      WHERE alert_id = ${alert.id} AND webhook = ${webhook} AND sent_at IS NULL`.compile(query),
  );
}

/** The last alerts, newest first, with their deliveries. */
export async function listAlerts(store: Store, limit: number): Promise<AlertRecord[]> {
  const rows = await store.reader.all(
    sql<AlertRow>`SELECT id, event, at, data FROM alerts ORDER BY at DESC, id DESC LIMIT ${limit}`.compile(query),
  );
  const oldest = rows.at(-1)?.at ?? 0;
  const deliveries = await store.reader.all(
    sql<{
      alert_id: string;
      webhook: string;
      tries: number;
      sent_at: number | null;
      given_up_at: number | null;
      failure: string | null;
    }>`SELECT d.alert_id, d.webhook, d.tries, d.sent_at, d.given_up_at, d.failure
      FROM alert_deliveries d JOIN alerts a ON a.id = d.alert_id WHERE a.at >= ${oldest} ORDER BY d.webhook`.compile(
      query,
    ),
  );
  const byAlert = Map.groupBy(deliveries, ({ alert_id }) => alert_id);
  return rows.map((row) => ({
    ...toAlert(row),
    deliveries: (byAlert.get(row.id) ?? []).map(({ webhook, tries, sent_at, given_up_at, failure }) => ({
      webhook,
      tries,
      sentAt: sent_at,
      givenUpAt: given_up_at,
      failure,
    })),
  }));
}

/** Forgets alerts from before a time (Unix ms), with their deliveries. */
export async function removeAlertsBefore(store: Store, time: number): Promise<void> {
  const before = Math.trunc(time);
  await store.writer.runTogether([
    sql`DELETE FROM alert_deliveries WHERE alert_id IN (SELECT id FROM alerts WHERE at < ${before})`.compile(query),
    sql`DELETE FROM alerts WHERE at < ${before}`.compile(query),
  ]);
}

function toAlert({ id, event, at, data }: AlertRow): Alert {
  const parsed: unknown = JSON.parse(data);
  const known = ALERT_EVENTS.find((each) => each === event) ?? 'ledger.trouble';
  return { id, event: known, at, data: isJsonObject(parsed) ? plainValues(parsed) : {} };
}

function plainValues(data: Readonly<Record<string, unknown>>): Alert['data'] {
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [
      key,
      typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null,
    ]),
  );
}
