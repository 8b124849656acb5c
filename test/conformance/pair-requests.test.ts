import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Dialect, DialectId, FormattedRequest } from '../../src/core/dialect.ts';
import { isJsonObject, type Json, type JsonObject } from '../../src/core/json.ts';
import type { LossCode } from '../../src/core/loss.ts';
import type { ModelFacts } from '../../src/core/model.ts';
import { OPENAI_QUIRKS, type Quirks } from '../../src/core/quirks.ts';
import { ANTHROPIC_MODELS } from '../../src/providers/anthropic-models.ts';
import { RequestRefused } from '../../src/simulator/refusal.ts';
import { validate } from '../../src/simulator/validate/index.ts';
import { someTalk, type Talk } from '../support/arbitrary-conversation.ts';
import { testTools } from '../support/codec-tools.ts';
import { refusalOfChat } from '../support/openai-chat-rules.ts';
import { refusalOfResponses } from '../support/openai-responses-rules.ts';
import { PAIRS, type Pair } from '../support/pair-stream.ts';
import { type NormalRequest, normalForm, withLosses } from '../support/request-normal-form.ts';
import { SPELLERS } from '../support/spell-request.ts';

const RUNS = 300;

/** An upstream that takes all that OpenAI's own takes. */
const QUIRKS: Quirks = {
  ...OPENAI_QUIRKS,
  effortKnob: 'effort',
  efforts: ['none', 'minimal', 'low', 'medium', 'high', 'xhigh'],
};

/** Which losses explain that a setting does not come back as it was. */
const EXPLAINED: Readonly<Record<string, readonly LossCode[]>> = {
  top_p: ['top_p_dropped'],
  temperature: ['temperature_dropped'],
  stop_sequences: ['stop_emulated'],
  effort: ['effort_changed', 'effort_dropped', 'thinking_changed', 'thinking_disabled'],
  max_tokens: ['max_tokens_lowered'],
  tool_choice: ['tool_choice_degraded'],
};

type Passed = {
  sent: NormalRequest;
  expected: NormalRequest;
  arrived: NormalRequest;
  losses: Set<LossCode>;
  formatted: FormattedRequest;
  refusal: string | undefined;
};

/** Models of each target: for Messages all that are served, since their rules differ; elsewhere quirks say it all. */
const MODELS: readonly ModelFacts[] = ANTHROPIC_MODELS.filter(({ lifecycle }) => lifecycle === 'active');

const someTarget = fc.constantFrom(...MODELS);

/** What the real API would say against a body (`translation.md` §1-§6). */
const REFUSALS: Readonly<Record<DialectId, (body: JsonObject) => string | undefined>> = {
  'anthropic-messages': refusalOfMessages,
  'openai-chat': (body) => refusalOfChat(body, QUIRKS),
  'openai-responses': (body) => refusalOfResponses(body, QUIRKS),
};

function refusalOfMessages(body: JsonObject): string | undefined {
  const models = new Map(MODELS.map((model) => [model.id, model]));
  try {
    validate(body, { operation: 'generate', version: '2023-06-01', betas: [], models, key: Buffer.from('key') });
    return undefined;
  } catch (thrown) {
    if (thrown instanceof RequestRefused) return thrown.message;
    throw thrown;
  }
}

/** A request on its way: as the caller meant it, as the losses explain it, and as the upstream reads it. */
function pass(talk: Talk, { upstream, client }: Pair, facts: ModelFacts): Passed {
  const sent = parse(client, SPELLERS[client.id](talk));
  const formatted = upstream.client.formatRequest(sent.request, {
    model: facts.id,
    provider: 'acme',
    facts: upstream.id === 'anthropic-messages' ? facts : undefined,
    quirks: QUIRKS,
    operation: 'generate',
    tools: testTools(),
    report: () => {},
  });
  const body = objectOf(JSON.parse(Buffer.from(formatted.body).toString()));
  const arrived = parse(upstream, body);
  const losses = new Set([...sent.losses, ...formatted.losses].map(({ code }) => code));
  const nameOf = (name: string) => formatted.reading.toolNames.get(name) ?? name;
  const own = { nameOf: (name: string) => name };
  return {
    sent: normalForm(sent.request, own),
    expected: normalForm(withLosses(sent.request, { losses }), own),
    arrived: normalForm(arrived.request, { nameOf }),
    losses,
    formatted,
    refusal: REFUSALS[upstream.id](body),
  };
}

function parse(dialect: Dialect, body: JsonObject) {
  dialect.server.checkRequest(body, 'generate');
  return dialect.server.parseRequest(body, 'generate', testTools());
}

function objectOf(value: Json): JsonObject {
  if (!isJsonObject(value)) throw new Error('no object');
  return value;
}

/** Ids by the order in which they appear: where they had to change, they must still belong together. */
function renumbered(turns: NormalRequest['turns']): NormalRequest['turns'] {
  const numbers = new Map<string, string>();
  const numberOf = (id: string) => {
    if (!numbers.has(id)) numbers.set(id, `#${numbers.size}`);
    return numbers.get(id) ?? '';
  };
  return turns.map(({ role, parts }) => ({
    role,
    parts: parts.map((part) =>
      part.replace(
        /^((?:call|result) |text Output of tool call )([\w-]+)/,
        (_all, word: string, id: string) => word + numberOf(id),
      ),
    ),
  }));
}

describe.each(PAIRS)('$client.id -> $upstream.id', (pair) => {
  test('P1 P22 P53 P80 P90 P98 P99 P119 a conversation arrives as it was meant, but for what is reported', () => {
    fc.assert(
      fc.property(someTalk, someTarget, (talk, facts) => {
        const { expected, arrived, losses, refusal } = pass(talk, pair, facts);
        const compare = losses.has('tool_id_changed') ? renumbered : (turns: NormalRequest['turns']) => turns;
        expect(compare(arrived.turns)).toEqual(compare(expected.turns));
        expect(arrived.system).toBe(expected.system);
        expect(refusal).toBe(undefined);
      }),
      { numRuns: RUNS },
    );
  });

  test('P31 P32 P36 P68 P73 P77 P88 P89 settings and tools arrive, or their loss is reported', () => {
    fc.assert(
      fc.property(someTalk, someTarget, (talk, facts) => {
        const { sent, arrived, losses, formatted } = pass(talk, pair, facts);
        for (const [key, value] of Object.entries(sent.settings)) {
          if (JSON.stringify(arrived.settings[key]) === JSON.stringify(value)) continue;
          const reasons = (EXPLAINED[key] ?? []).filter((code) => losses.has(code));
          expect({ key, value, arrived: arrived.settings[key], reasons }).toMatchObject({
            reasons: [expect.anything()],
          });
        }
        if (losses.has('stop_emulated'))
          expect(formatted.reading.emulatedStops).toEqual(sent.settings['stop_sequences']);
      }),
      { numRuns: RUNS },
    );
  });

  test('P36 the same request always becomes the same bytes', () => {
    fc.assert(
      fc.property(someTalk, someTarget, (talk, facts) => {
        expect(
          Buffer.from(pass(talk, pair, facts).formatted.body).equals(
            Buffer.from(pass(talk, pair, facts).formatted.body),
          ),
        ).toBe(true);
      }),
      { numRuns: RUNS / 10 },
    );
  });
});
