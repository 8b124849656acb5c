import type { DialectId } from '../../../core/dialect.ts';
import { stringAt } from '../../../core/json.ts';
import type { ContentBlock } from '../../../core/message.ts';
import type { TargetEndpoint } from '../../target-endpoint.ts';
import type { Probe, Setting } from '../probe.ts';
import { failed, skipped, whenAnswered } from '../verdict.ts';
import { askFor, callsOf, goOn, TOOLS } from './ask-for.ts';
import { giveResults, mustBeTaken } from './tools.ts';

/** Least budget of thinking, and as much again for the call (`anthropic-surface.md` §4). */
const BUDGET = 1024;
const ROOM = 3 * BUDGET;

const REQUEST = askFor(
  'First think about which city in Norway is the largest, then call get_weather for its weather.',
  {
    stream: true,
    max_tokens: ROOM,
    thinking: { type: 'enabled', budget_tokens: BUDGET },
    tools: [TOOLS.weather],
  },
);

/** Whether a row says that a model's thinking comes, and is to be given back. */
const CLAIMS: Record<DialectId, (endpoint: TargetEndpoint) => boolean> = {
  'anthropic-messages': ({ facts, quirks }) =>
    facts ? facts.rules.thinking.some((type) => type !== 'disabled') : quirks.effortKnob !== 'none',
  'openai-chat': ({ quirks }) => quirks.reasoningReplay !== 'never',
  'openai-responses': ({ quirks }) => quirks.encryptedReasoning,
};

/** Thinking before a call: it comes with what proves it, and that proof is accepted with the result of the call. */
export const THINKING: Probe = {
  name: 'thinking',
  supported: (endpoint) => CLAIMS[endpoint.dialect.id](endpoint),
  request: () => ({ form: 'stream', message: REQUEST }),
  judge: (answer, setting) =>
    whenAnswered(answer, ({ message }) => {
      const thoughts = message.content.filter(({ type }) => type.endsWith('thinking'));
      if (thoughts.length === 0) return skipped('the model did not think');
      if (!thoughts.every((thought) => hasProof(thought, setting))) return failed(MISSING[setting.endpoint.dialect.id]);
      if (callsOf(message).length > 0) return giveResults(REQUEST, message, 'thinking given back');
      return mustBeTaken(goOn(REQUEST, message, [{ type: 'text', text: 'Say hello.' }]), 'thinking given back');
    }),
};

const MISSING: Record<DialectId, string> = {
  'anthropic-messages': 'thinking came without a signature',
  'openai-chat': 'thinking came without a text',
  'openai-responses': 'reasoning came without encrypted content',
};

/** What each dialect gives to be given back, by the name under which its codec seals it. */
const PROOFS: Record<DialectId, readonly string[]> = {
  'anthropic-messages': ['signature', 'redacted'],
  'openai-chat': ['text'],
  'openai-responses': ['encrypted_content'],
};

function hasProof(thought: ContentBlock, { endpoint, envelope }: Setting): boolean {
  const sealed = stringAt(thought, 'signature') ?? stringAt(thought, 'data') ?? '';
  const data = envelope.open(sealed)?.data ?? {};
  return PROOFS[endpoint.dialect.id].some((name) => (stringAt(data, name) ?? '') !== '');
}
