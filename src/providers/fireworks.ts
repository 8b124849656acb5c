import type { Provider } from '../core/provider.ts';
import { at, COMPATIBLE, ONE_SYSTEM_MESSAGE, OPEN_MODEL_QUIRKS } from './openai-compatible.ts';

/** Fireworks: open models by all three APIs. */
export const FIREWORKS: Provider = {
  ...COMPATIBLE,
  id: 'fireworks',
  name: 'Fireworks AI',
  defaultBaseUrl: 'https://api.fireworks.ai/inference',
  environmentKey: 'FIREWORKS_API_KEY',
  endpoints: {
    'openai-chat': at('/v1/chat/completions'),
    'anthropic-messages': at('/v1/messages'),
    'openai-responses': at('/v1/responses'),
  },
  quirks: {
    ...OPEN_MODEL_QUIRKS,
    topK: true,
    userField: 'user',
    effortKnob: 'effort',
    efforts: ['none', 'low', 'medium', 'high'],
    reasoningReplay: 'tool_calls',
    thinkTags: true,
  },
  sources: [
    'https://docs.fireworks.ai/tools-sdks/openai-compatibility',
    'https://docs.fireworks.ai/tools-sdks/anthropic-compatibility',
    'https://docs.fireworks.ai/guides/reasoning',
    'https://docs.fireworks.ai/guides/response-api',
    ONE_SYSTEM_MESSAGE,
  ],
  defaultModels: ['accounts/*'],
  priceCatalogue: 'fireworks',
};
