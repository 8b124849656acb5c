import type { TargetContext } from '../../src/core/dialect.ts';
import { GatewayError } from '../../src/core/error.ts';
import type { Json, JsonObject } from '../../src/core/json.ts';
import type { MessagesRequest } from '../../src/core/message.ts';
import { OPENAI_QUIRKS, type Quirks } from '../../src/core/quirks.ts';
import { type Reduced, toPlainRequest } from '../../src/dialects/shared/reduce/plain-request.ts';
import { testTools } from './codec-tools.ts';

/** The provider that the target of `reduce` belongs to. */
export const PROVIDER = 'target-provider';

/** A target with OpenAI's own ways but for the given ones, and no known facts of its model. */
export function targetOf(quirks: Partial<Quirks> = {}, facts: TargetContext['facts'] = undefined): TargetContext {
  return {
    model: 'upstream-model',
    provider: PROVIDER,
    facts,
    quirks: { ...OPENAI_QUIRKS, ...quirks },
    operation: 'generate',
    tools: testTools(),
    report: () => {
      throw new Error('losses of a request are returned, not reported');
    },
  };
}

/** A short request with the given fields. */
export function requestWith(fields: JsonObject = {}): MessagesRequest {
  return { model: 'm', max_tokens: 100, messages: [{ role: 'user', content: 'hi' }], ...fields };
}

/** Reduces a short request with the given fields for a target with the given quirks. */
export function reduce(fields: JsonObject, quirks: Partial<Quirks> = {}): Reduced {
  return toPlainRequest(requestWith(fields), targetOf(quirks));
}

/** `code field` of each loss. */
export function lossesOf({ losses }: Reduced): string[] {
  return losses.map(({ code, field }) => `${code} ${field}`);
}

/** The field that a refusal blames; undefined when nothing was refused. */
export function refusedField(act: () => Reduced): string | undefined {
  try {
    act();
    return undefined;
  } catch (thrown) {
    if (thrown instanceof GatewayError && thrown.kind === 'invalid_request') return thrown.field;
    throw thrown;
  }
}

/** A round of one tool call and its result. */
export function toolRound(use: JsonObject = {}, result: JsonObject = {}): Json[] {
  return [
    { role: 'user', content: 'go' },
    { role: 'assistant', content: [{ type: 'tool_use', id: 'call_1', name: 'run', input: {}, ...use }] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call_1', content: 'done', ...result }] },
  ];
}
