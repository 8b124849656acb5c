import { type CredentialHeaders, claimedKeyId } from '../access/authenticate.ts';
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

/**
 * Refuses whom there is no place for, by the id that a key claims: an overloaded server has no time to prove keys and to read
 * bodies of which nothing comes (`reliability.md` S16). Nobody gets in by a claim: who is let on has to prove it.
 */
export function earlyRefusal({ admission }: Gateway): (headers: CredentialHeaders) => void {
  return (headers) => {
    if (!admission.hasRoom) admission.check(claimedKeyId(headers));
  };
}
