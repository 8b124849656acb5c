import type { Provider } from '../core/provider.ts';
import { at, COMPATIBLE, COMPATIBLE_QUIRKS } from './openai-compatible.ts';

/** OpenRouter: all three APIs before many vendors; it puts their reasoning into one form, which goes back as it came. */
export const OPENROUTER: Provider = {
  ...COMPATIBLE,
  id: 'openrouter',
  name: 'OpenRouter',
  defaultBaseUrl: 'https://openrouter.ai/api',
  environmentKey: 'OPENROUTER_API_KEY',
  endpoints: {
    'openai-chat': at('/v1/chat/completions'),
    'anthropic-messages': at('/v1/messages'),
    'openai-responses': at('/v1/responses'),
  },
  quirks: {
    ...COMPATIBLE_QUIRKS,
    topK: true,
    strictTools: true,
    files: true,
    cacheControl: true,
    userField: 'user',
    effortKnob: 'reasoning_object',
    efforts: ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'],
    reasoningField: 'reasoning_details',
    reasoningReplay: 'always',
  },
  sources: [
    'https://openrouter.ai/docs/api-reference/parameters',
    'https://openrouter.ai/docs/use-cases/reasoning-tokens',
    'https://openrouter.ai/docs/client-sdks/python/components/chatrequestreasoningeffort.md',
    'https://openrouter.ai/docs/features/prompt-caching',
  ],
  defaultModels: ['*/*'],
  priceCatalogue: 'openrouter',
};
