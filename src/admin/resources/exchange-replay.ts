import { z } from '@hono/zod-openapi';
import { newId } from '../../access/new-id.ts';
import type { PayloadBody } from '../../access/payloads/document.ts';
import { readPayload } from '../../access/payloads/payload-box.ts';
import { findExchange } from '../../store/exchange-details.ts';
import { findProject } from '../../store/projects.ts';
import { makeChange } from '../audited.ts';
import { type Endpoint, endpoint, NOTHING } from '../endpoint.ts';
import { AdminError } from '../problem.ts';

const idOnly = z.strictObject({ id: z.string().max(64) });

/** A kept request, asked once more. */
export const exchangeReplayEndpoints: readonly Endpoint[] = [
  endpoint('admin', {
    owner: 'gateway',
    method: 'post',
    path: '/exchanges/{id}/replay',
    summary:
      'Asks a request whose body is kept once more, of any model: an exchange of its own, charged to no key and no budget. Redacted parts stay redacted; headers, such as betas, are not kept',
    status: 200,
    params: idOnly,
    query: NOTHING,
    body: z.strictObject({
      model: z.string().min(1).max(256).optional().describe('Public name; without one that of the exchange'),
      channel: z.string().min(1).max(256).optional().describe('The only channel to ask'),
    }),
    answer: z.object({ exchange_id: z.string(), status: z.int(), text: z.string(), truncated: z.boolean() }),
    handle: async (parts, call) => {
      const { store, sealer, now } = parts;
      const { params, body } = call;
      const exchange = await findExchange(store, params.id);
      if (!exchange) throw new AdminError('not_found');
      const kept = (await readPayload(store, sealer, params.id, now()))?.document.request;
      if (!kept) throw new AdminError('conflict', 'Nothing is kept of this request, so it cannot be replayed');
      if (kept.truncated) throw new AdminError('conflict', 'The end of this request was not kept');
      const { model = exchange.model, channel } = body;
      const { id, name } = await findProject(store, exchange.project_id);
      const requestId = newId('req', now());
      await makeChange(parts, call, [], {
        action: 'exchanges.replay',
        subject: `exchange:${exchange.id}`,
        before: null,
        after: { exchange: requestId, model, channel: channel ?? null },
      });
      const project = { id, name };
      const original = { originalId: exchange.id, dialect: exchange.dialect, body: textOf(kept) };
      const result = await parts.replay({ requestId, project, ...original, model, channel });
      return { exchange_id: requestId, ...result };
    },
  }),
];

function textOf({ pieces }: PayloadBody): string {
  return pieces.map(({ text }) => text).join('');
}
