import type { Operation } from '../../src/core/dialect.ts';
import { ANTHROPIC_MODELS } from '../../src/providers/anthropic-models.ts';
import { RequestRefused } from '../../src/simulator/refusal.ts';
import { validate } from '../../src/simulator/validate/index.ts';

/** The key under which `signThinking` makes signatures that `refusalOf` takes for genuine. */
export const SIGNATURE_KEY = Buffer.from('the key of the real API');

const MODELS = new Map(ANTHROPIC_MODELS.flatMap((model) => [model.id, ...model.aliases].map((name) => [name, model])));

/** What Anthropic's API, as the simulator knows it, says against a body of version 2023-06-01; undefined: it takes it. */
export function refusalOf(body: Uint8Array, operation: Operation = 'generate'): string | undefined {
  try {
    const circumstances = { operation, version: '2023-06-01', betas: [], models: MODELS, key: SIGNATURE_KEY } as const;
    validate(JSON.parse(Buffer.from(body).toString()), circumstances);
    return undefined;
  } catch (thrown) {
    if (thrown instanceof RequestRefused) return thrown.message;
    throw thrown;
  }
}
