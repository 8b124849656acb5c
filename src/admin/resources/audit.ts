import { z } from '@hono/zod-openapi';
import { type AuditRow, listAudit, verifyAudit } from '../../store/people/audit.ts';
import { type Endpoint, endpoint, NOTHING } from '../endpoint.ts';

const auditShape = z.object({
  id: z.int(),
  at: z.int(),
  actor: z.string(),
  address: z.string(),
  action: z.string(),
  subject: z.string(),
  before: z.unknown(),
  after: z.unknown(),
  hash: z.string(),
});

function showRow({ before, after, ...same }: AuditRow): z.input<typeof auditShape> {
  return { ...same, before: before && JSON.parse(before), after: after && JSON.parse(after) };
}

/** Who changed what, and proof that nobody changed that. */
export const auditEndpoints: readonly Endpoint[] = [
  endpoint('admin', {
    method: 'get',
    path: '/audit',
    owner: 'gateway',
    summary: 'The audit log, newest first',
    status: 200,
    params: NOTHING,
    query: z.strictObject({
      before: z.coerce.number().int().positive().optional(),
      limit: z.coerce.number().int().min(1).max(200).default(50),
    }),
    body: NOTHING,
    answer: z.object({ rows: z.array(auditShape), next_before: z.int().nullable() }),
    handle: async ({ store }, { query: { before, limit } }) => {
      const rows = await listAudit(store, before, limit);
      return { rows: rows.map(showRow), next_before: rows.length < limit ? null : (rows.at(-1)?.id ?? null) };
    },
  }),
  endpoint('admin', {
    method: 'get',
    path: '/audit/verification',
    owner: 'gateway',
    summary: 'Whether each row of the audit log is as it was written',
    status: 200,
    params: NOTHING,
    query: NOTHING,
    body: NOTHING,
    answer: z.object({ rows: z.int(), first_broken: z.int().nullable() }),
    handle: async ({ store }) => {
      const { rows, firstBroken } = await verifyAudit(store);
      return { rows, first_broken: firstBroken ?? null };
    },
  }),
];
