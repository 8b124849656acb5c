import { z } from '@hono/zod-openapi';
import { type ExchangeReport, reportExchange } from '../../metering/exchange-report.ts';
import { reportReceipt } from '../../metering/receipt-report.ts';
import { listAttemptErrors } from '../../store/attempt-errors.ts';
import { findSession } from '../../store/cache-prefixes.ts';
import { type Endpoint, NOTHING, projectEndpoint } from '../endpoint.ts';
import { AdminError } from '../problem.ts';

const count = z.int().nullable();
const headers = z.record(z.string(), z.string());

/** One try at one target. Moments are Unix ms; what is counted from the start of the attempt is in ms. */
const attemptShape = z.object({
  attempt: z.int(),
  channel: z.string(),
  provider: z.string(),
  upstream_model: z.string(),
  dialect: z.string().nullable(),
  reason: z.string().nullable(),
  status: z.string(),
  http_status: count,
  error_kind: z.string().nullable(),
  error_text: z.string().nullable(),
  upstream_request_id: z.string().nullable(),
  headers: headers.describe('Of the answer of the upstream: those that are kept'),
  started_at: z.int(),
  sent_after: count,
  headers_after: count,
  first_event_after: count,
  ended_after: count,
  request_bytes: z.int(),
  answer_bytes: z.int(),
  price_version: z.string().nullable(),
  cost_nano_usd: count,
  partial: z.boolean(),
  estimated: z.boolean(),
  unpriced: z.boolean(),
  input: count,
  cache_read: count,
  cache_write_5m: count,
  cache_write_1h: count,
  output: count,
  reasoning: count,
  web_searches: count,
  web_fetches: count,
  file_searches: count,
  code_containers: count,
});

const computation = {
  price_version: z.string(),
  price_id: z.string().nullable(),
  prompt_above: z.int(),
  terms: z.array(z.object({ term: z.string(), multiplier: z.number().nullable() })),
  markup: z.number(),
  project_markup: z.number(),
  lines: z.array(z.object({ class: z.string(), count: z.int(), rate_nano_usd: count, per: z.int(), nano_usd: count })),
  total_nano_usd: count,
  booked_nano_usd: count,
};

const receiptShape = z.object({
  id: z.string(),
  status: z.string(),
  cost_nano_usd: count,
  attempts: z.array(
    z.object({
      attempt: z.int(),
      channel: z.string(),
      upstream_model: z.string(),
      status: z.string(),
      partial: z.boolean(),
      estimated: z.boolean(),
      unpriced: z.boolean(),
      charge: z.object(computation),
      corrections: z.array(
        z.object({
          ...computation,
          sequence: z.int(),
          at: z.int(),
          actor: z.string().nullable(),
          reason: z.string().nullable(),
          added_nano_usd: z.int(),
        }),
      ),
      cost_nano_usd: count,
    }),
  ),
});

const detailShape = z.object({
  id: z.string(),
  key_id: z.string(),
  key_name: z.string().nullable(),
  project_id: z.string(),
  model: z.string(),
  dialect: z.string(),
  stream: z.boolean(),
  status: z.string(),
  started_at: z.int(),
  ended_at: count,
  http_status: count,
  error_kind: z.string().nullable(),
  cost_nano_usd: count,
  losses: z.array(z.string()),
  headers: headers.describe('Of the client: those that are kept'),
  session: z.string().nullable().describe('For `GET /sessions/{id}/cache`'),
  attempts: z.array(attemptShape),
  receipt: receiptShape,
});

const idOnly = z.strictObject({ id: z.string().max(64) });

/** One exchange, and how its cost was computed. */
export const exchangeDetailEndpoints: readonly Endpoint[] = [
  projectEndpoint('viewer', {
    method: 'get',
    path: '/exchanges/{id}',
    summary:
      'One exchange with all its attempts, as `ezmodel exchange ID --json` prints it, the texts of errors, and its receipt',
    status: 200,
    params: idOnly,
    query: NOTHING,
    body: NOTHING,
    answer: detailShape,
    handle: async ({ store }, { params, projects }) => {
      const [report, receipt, errors, session] = await Promise.all([
        reportExchange(store, params.id),
        reportReceipt(store, params.id),
        listAttemptErrors(store, params.id),
        findSession(store, params.id),
      ]);
      if (!report || !receipt) throw new AdminError('not_found');
      projects.require(report.project_id);
      return { ...report, session: session ?? null, attempts: withErrors(report, errors), receipt };
    },
  }),
  projectEndpoint('viewer', {
    method: 'get',
    path: '/receipts/{id}',
    summary: 'How the cost of an exchange was computed, line by line, as `ezmodel receipts ID --json` prints it',
    status: 200,
    params: idOnly,
    query: NOTHING,
    body: NOTHING,
    answer: receiptShape,
    handle: async ({ store }, { params, projects }) => {
      const receipt = await reportReceipt(store, params.id);
      if (!receipt) throw new AdminError('not_found');
      projects.require(receipt.project_id);
      return receipt;
    },
  }),
];

function withErrors({ attempts }: ExchangeReport, errors: ReadonlyMap<number, string>) {
  return attempts.map((attempt) => ({ ...attempt, error_text: errors.get(attempt.attempt) ?? null }));
}
