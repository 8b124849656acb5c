import type { Operation } from '../core/dialect.ts';
import { DIALECTS } from '../dialects/index.ts';
import type { ClientCall } from '../gateway/call.ts';
import { countTokens } from '../gateway/count-tokens.ts';
import type { Gateway } from '../gateway/gateway.ts';
import { generate } from '../gateway/generate.ts';
import { type BodyBudget, parseBody, readBody } from './read-request.ts';
import type { Handler } from './route.ts';

const OPERATIONS = { generate, count_tokens: countTokens } as const satisfies Record<
  Operation,
  (gateway: Gateway, call: ClientCall) => Promise<void>
>;

/** `POST /v1/messages` and `POST /v1/messages/count_tokens`. */
export function messagesHandler(gateway: Gateway, budget: BodyBudget, operation: Operation): Handler<'key'> {
  return async ({ requestId, request, principal, responder, receivedAt }) => {
    let held = 0;
    const hold = (bytes: number) => {
      budget.take(bytes);
      held += bytes;
    };
    try {
      const body = await readBody(request, gateway.snapshot().config.server.maxBodyBytes, hold);
      const parsed = parseBody(body);
      const { headers } = request;
      const dialect = DIALECTS['anthropic-messages'];
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
