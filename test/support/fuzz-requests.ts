import fc from 'fast-check';
import type { Dialect, DialectId, TargetContext } from '../../src/core/dialect.ts';
import { GatewayError } from '../../src/core/error.ts';
import { isJsonObject, type Json, type JsonObject } from '../../src/core/json.ts';
import type { ModelFacts } from '../../src/core/model.ts';
import { SEAL_TAG } from '../../src/core/opaque.ts';
import { OPENAI_QUIRKS, type Quirks } from '../../src/core/quirks.ts';
import { ANTHROPIC_MODELS } from '../../src/providers/anthropic-models.ts';
import { someTalk } from './arbitrary-conversation.ts';
import { clientRequests } from './client-requests.ts';
import { testTools } from './codec-tools.ts';
import { requestFixtures } from './fixtures.ts';
import { type Below, chosen, mutateJson } from './mutate-json.ts';
import type { Trial } from './pair-fuzz.ts';
import { PAIRS } from './pair-stream.ts';
import { seededBelow } from './rechunk.ts';
import { SPELLERS } from './spell-request.ts';

/** Bodies of each dialect that are right: recorded ones, and made-up ones. */
function requestSeeds(seed: number): Record<DialectId, JsonObject[]> {
  const talks = fc.sample(someTalk, { numRuns: 30, seed });
  const recorded = clientRequests();
  const bodiesOf = (id: DialectId) => [
    ...talks.map((talk) => SPELLERS[id](talk)),
    ...recorded.filter(({ dialect }) => dialect === id).map(({ body }) => body),
  ];
  const fixtures = requestFixtures().map(({ bytes }): Json => JSON.parse(bytes.toString()));
  return {
    'anthropic-messages': [...bodiesOf('anthropic-messages'), ...fixtures.filter(isJsonObject)],
    'openai-chat': bodiesOf('openai-chat'),
    'openai-responses': bodiesOf('openai-responses'),
  };
}

/** Requests of every dialect, damaged, for upstreams of every other. */
export function* requestTrials(seed: number): Generator<Trial> {
  const below = seededBelow(seed);
  const seeds = requestSeeds(seed);
  for (;;) {
    const { upstream, client } = chosen(PAIRS, below);
    const body = mutateJson(chosen(seeds[client.id], below), below);
    const target = someTarget(below);
    yield {
      describe: () => `${client.id} -> ${upstream.id} ${JSON.stringify({ body, target })}`,
      run: () => tryRequest(body, client, upstream, target),
    };
  }
}

type Target = Pick<TargetContext, 'facts' | 'quirks' | 'operation'>;

/** A target with some of OpenAI's ways turned round, and a model that we may know. */
function someTarget(below: Below): Target {
  const turned = Object.entries(OPENAI_QUIRKS).map(([name, value]) =>
    typeof value === 'boolean' && below(8) === 0 ? [name, !value] : [name, value],
  );
  const quirks: Quirks = {
    ...OPENAI_QUIRKS,
    ...Object.fromEntries(turned),
    stopSequences: below(5),
    toolIds: chosen(['up_to_40', 'up_to_64', 'nine_alphanumerics'] as const, below),
    effortKnob: chosen(['effort', 'reasoning_object', 'enable_thinking', 'thinking_or_effort', 'none'] as const, below),
    efforts: chosen([[], ['low', 'high'], ['none', 'minimal', 'low', 'medium', 'high', 'xhigh']], below),
    reasoningField: chosen(['reasoning_content', 'reasoning', 'reasoning_details', 'thinking_parts'] as const, below),
    reasoningReplay: chosen(['never', 'tool_calls', 'always'] as const, below),
    maxTokensField: chosen(['max_completion_tokens', 'max_tokens'] as const, below),
  };
  const facts: ModelFacts | undefined = below(2) === 0 ? undefined : chosen(ANTHROPIC_MODELS, below);
  return { facts, quirks, operation: below(8) === 0 ? 'count_tokens' : 'generate' };
}

/** A body is refused with a 4xx, or becomes a body of the target's dialect. */
function tryRequest(body: Json, client: Dialect, upstream: Dialect, target: Target): void {
  if (!isJsonObject(body)) return;
  const context: TargetContext = { ...target, model: 'm', provider: 'acme', tools: testTools(), report: () => {} };
  try {
    client.server.checkRequest(body, target.operation);
    const { request } = client.server.parseRequest(body, target.operation, testTools());
    const { body: bytes } = upstream.client.formatRequest(request, context);
    const text = Buffer.from(bytes).toString();
    const value: Json = JSON.parse(text);
    if (!isJsonObject(value)) throw new Error('the upstream gets no JSON object');
    refuseSeals(value);
  } catch (thrown) {
    if (!(thrown instanceof GatewayError) || thrown.status < 400 || thrown.status > 499) throw thrown;
  }
}

/** The fields in which a sealed state would arrive as a state (P7). */
const STATE_FIELDS: ReadonlySet<string> = new Set(['signature', 'encrypted_content']);

function refuseSeals(value: Json): void {
  JSON.stringify(value, (key, each: Json) => {
    if (STATE_FIELDS.has(key) && typeof each === 'string' && each.startsWith(SEAL_TAG))
      throw new Error(`sealed ${key}`);
    return each;
  });
}
