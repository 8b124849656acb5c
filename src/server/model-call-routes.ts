import type { IncomingMessage } from 'node:http';
import type { DialectId, Operation } from '../core/dialect.ts';
import { DIALECTS } from '../dialects/index.ts';
import type { ClientCall } from '../gateway/call.ts';
import { countTokens } from '../gateway/count-tokens.ts';
import type { Gateway } from '../gateway/gateway.ts';
import { generate } from '../gateway/generate.ts';
import type { BodyBudget } from './body-budget.ts';
import { parseBody, readBody } from './read-request.ts';
import type { Handler } from './route.ts';

const OPERATIONS = { generate, count_tokens: countTokens } as const satisfies Record<
  Operation,
  (gateway: Gateway, call: ClientCall) => Promise<void>
>;

/** Every route that asks a model for something: one operation of one dialect each. */
export function modelCallHandler(
  gateway: Gateway,
  budget: BodyBudget,
  dialectId: DialectId,
  operation: Operation,
): Handler<'key'> {
  return async ({ requestId, request, principal, responder, receivedAt, now }) => {
    const limits = gateway.snapshot().config.server;
    let held = 0;
    const hold = (bytes: number) => {
      budget.take(bytes, limits.maxBodyBytesInFlight);
      held += bytes;
    };
    try {
      if (!isSmall(request)) gateway.admission.check(principal.keyId);
      const body = await readBody(request, limits, hold);
      gateway.admission.check(principal.keyId);
      const parsed = parseBody(body);
      const { headers } = request;
      const dialect = DIALECTS[dialectId];
      await OPERATIONS[operation](gateway, {
        requestId,
        principal,
        dialect,
        operation,
        headers,
        body,
        parsed,
        receivedAt,
        now,
        responder,
      });
    } finally {
      budget.giveBack(held);
    }
  };
}

/** A body that is on its way whole when its headers are here: to refuse it unread would cost the client its connection. */
const SMALL_BODY = 64 * 1024;

function isSmall({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) <= SMALL_BODY;
}
