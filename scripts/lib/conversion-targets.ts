import type { DialectId } from '../../src/core/dialect.ts';
import { matchesPattern } from '../../src/core/pattern.ts';
import type { Provider } from '../../src/core/provider.ts';
import { ANTHROPIC } from '../../src/providers/anthropic.ts';
import { OPENAI } from '../../src/providers/openai.ts';
import { OPENAI_COMPATIBLE } from '../../src/providers/openai-compatible.ts';
import type { ProbeTarget } from './conversion-probe.ts';

/** The APIs as people call them. */
export const API_NAMES: Record<DialectId, string> = {
  'anthropic-messages': 'Messages',
  'openai-chat': 'Chat',
  'openai-responses': 'Responses',
};

function target(
  name: string,
  { id, quirks, modelQuirks, models }: Provider,
  dialect: DialectId,
  model: string,
): ProbeTarget {
  const ofModel = modelQuirks.find(({ pattern }) => matchesPattern(pattern, model));
  const facts = models.find((each) => each.id === model);
  return { name, dialect, provider: id, model, facts, quirks: { ...quirks, ...ofModel?.quirks } };
}

/** A model of Anthropic's by its id. */
export function claude(model: string, name = 'Messages'): ProbeTarget {
  return target(name, ANTHROPIC, 'anthropic-messages', model);
}

/** A Claude model that thinks when told to, one whose thinking has a budget, and OpenAI's formats strict and lax. */
const MESSAGES = claude('claude-opus-5-5');
const RESPONSES = target('Responses', OPENAI, 'openai-responses', 'gpt-6-sol');
const CHAT = target('Chat (OpenAI)', OPENAI, 'openai-chat', 'gpt-4.1');
const COMPATIBLE = target('Chat (most others)', OPENAI_COMPATIBLE, 'openai-chat', 'model');

/** What a client's API is converted to: the columns of its tables. */
export const TARGETS: Record<DialectId, readonly ProbeTarget[]> = {
  'anthropic-messages': [RESPONSES, CHAT, COMPATIBLE],
  'openai-chat': [MESSAGES, RESPONSES],
  'openai-responses': [MESSAGES, CHAT, COMPATIBLE],
};
