import type { Answering, Reading, RelayNames, TargetContext } from '../../src/core/dialect.ts';
import type { Loss } from '../../src/core/loss.ts';
import type { ModelFacts } from '../../src/core/model.ts';
import { OPENAI_QUIRKS } from '../../src/core/quirks.ts';
import { ANTHROPIC_MODELS } from '../../src/providers/anthropic-models.ts';
import { testTools } from './codec-tools.ts';

/** The provider whose opaque state the contexts below stand for. */
export const PROVIDER = 'anthropic';

/** What an answer of the Messages API is read with. */
export function readingOf(changes: Partial<Reading> = {}): Reading {
  return {
    model: 'upstream-model',
    provider: PROVIDER,
    quirks: OPENAI_QUIRKS,
    tools: testTools(),
    toolNames: new Map(),
    emulatedStops: [],
    estimatedInput: 0,
    report: () => {},
    ...changes,
  };
}

/** What an answer is formed with for a Messages client. */
export function answeringOf(changes: Partial<Answering> = {}): Answering {
  return {
    request: { model: 'public-model', messages: [{ role: 'user', content: 'hi' }] },
    body: {},
    model: 'public-model',
    tools: testTools(),
    report: () => {},
    ...changes,
  };
}

/** The names of a relayed exchange: our request id, and the public model where it differs. */
export function relayNamesOf(publicModel?: string): RelayNames {
  return { requestId: 'req_ours', publicModel, body: {}, quirks: OPENAI_QUIRKS, onState: () => {} };
}

/** What the table of Anthropic's models says of one. */
export function factsOf(model: string): ModelFacts | undefined {
  return ANTHROPIC_MODELS.find(({ id, aliases }) => id === model || aliases.includes(model));
}

/** What a request is formed for: a model of Anthropic's table. */
export function targetOf(model: string, changes: Partial<TargetContext> = {}): TargetContext {
  return {
    model,
    provider: PROVIDER,
    facts: factsOf(model),
    quirks: OPENAI_QUIRKS,
    operation: 'generate',
    tools: testTools(),
    report: () => {},
    ...changes,
  };
}

/** The losses as `code field`, for short expectations. */
export function lossesOf(losses: readonly Loss[]): string[] {
  return losses.map(({ code, field }) => `${code} ${field}`);
}
