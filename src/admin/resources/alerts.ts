import { z } from '@hono/zod-openapi';
import { ALERT_EVENTS } from '../../core/alert.ts';
import { listAlerts } from '../../store/alerts.ts';
import { type Endpoint, endpoint, NOTHING } from '../endpoint.ts';

const MOST_ALERTS = 500;

const deliveryShape = z.object({
  webhook: z.string(),
  tries: z.int(),
  sent_at: z.int().nullable(),
  given_up_at: z.int().nullable(),
  /** Why the last try failed; null: none has. */
  failure: z.string().nullable(),
});

const alertShape = z.object({
  id: z.string(),
  event: z.enum(ALERT_EVENTS),
  at: z.int(),
  data: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  deliveries: z.array(deliveryShape),
});

/** What operators were told. */
export const alertEndpoints: readonly Endpoint[] = [
  endpoint('admin', {
    owner: 'gateway',
    method: 'get',
    path: '/alerts',
    summary: 'The last alerts, newest first, and how far each webhook has been told of them',
    status: 200,
    params: NOTHING,
    query: z.strictObject({ limit: z.coerce.number().int().min(1).max(MOST_ALERTS).default(50) }),
    body: NOTHING,
    answer: z.object({ alerts: z.array(alertShape) }),
    handle: async ({ store }, { query }) => ({
      alerts: (await listAlerts(store, query.limit)).map(({ data, deliveries, ...alert }) => ({
        ...alert,
        data: { ...data },
        deliveries: deliveries.map(({ webhook, tries, sentAt, givenUpAt, failure }) => ({
          webhook,
          tries,
          sent_at: sentAt,
          given_up_at: givenUpAt,
          failure,
        })),
      })),
    }),
  }),
];
