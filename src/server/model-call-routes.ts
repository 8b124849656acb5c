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
  return async ({ requestId, request, principal, responder, receivedAt }) => {
    const limits = gateway.snapshot().config.server;
    let held = 0;
    const hold = (bytes: number) => {
      budget.take(bytes, limits.maxBodyBytesInFlight);
      held += bytes;
    };
    try {
      const body = await readBody(request, limits, hold);
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
        responder,
      });
    } finally {
      budget.giveBack(held);
    }
  };
}
