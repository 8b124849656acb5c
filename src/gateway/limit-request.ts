import type { Estimate, Grant, Used } from '../access/limits/limiter.ts';
import type { AttemptSettlement } from '../core/exchange.ts';
import type { ClientCall } from './call.ts';
import { estimateTokens } from './estimate-tokens.ts';
import type { Gateway } from './gateway.ts';
import { outputLimitOf } from './output-limit.ts';

/** What a request is expected to answer that sets no bound itself, in tokens. */
const USUAL_OUTPUT = 4_096;

/**
 * Takes what a request needs of the limits of its key, project and model, and says with its answer where they stand.
 * Undefined when no limit is about it.
 * @throws GatewayError `rate_limited` naming the limit, with nothing taken.
 */
export async function limitRequest(gateway: Gateway, call: ClientCall, model: string): Promise<Grant | undefined> {
  const { principal, operation } = call;
  const decision = gateway.limiter.admit(principal, model, operation === 'generate' ? estimateOf(call) : undefined);
  if (decision === undefined) return undefined;
  const decided = decision instanceof Promise ? await decision : decision;
  call.responder.announce(call.dialect.server.formatLimits(decided.status, gateway.now()));
  if ('error' in decided) throw decided.error;
  return decided;
}

function estimateOf({ parsed, dialect }: ClientCall): Estimate {
  return {
    input: () => estimateTokens(parsed),
    output: () => outputLimitOf(parsed, dialect.id) ?? USUAL_OUTPUT,
  };
}

/** What all attempts of an exchange used, as limits count it: what was read from a prompt cache is free (`docs/limits.md`). */
export function usedBy(attempts: readonly Pick<AttemptSettlement, 'usage'>[]): Used {
  const used = { input: 0, output: 0 };
  for (const { usage } of attempts) {
    used.input += (usage.input ?? 0) + (usage.cache_write_5m ?? 0) + (usage.cache_write_1h ?? 0);
    used.output += usage.output ?? 0;
  }
  return used;
}
