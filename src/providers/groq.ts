import type { Provider } from '../core/provider.ts';
import { at, COMPATIBLE, COMPATIBLE_QUIRKS } from './openai-compatible.ts';

/** Groq: open models; without tools, some show their reasoning between tags in the text. */
export const GROQ: Provider = {
  ...COMPATIBLE,
  id: 'groq',
  name: 'Groq',
  defaultBaseUrl: 'https://api.groq.com/openai',
  environmentKey: 'GROQ_API_KEY',
  endpoints: { 'openai-chat': at('/v1/chat/completions'), 'openai-responses': at('/v1/responses') },
  quirks: {
    ...COMPATIBLE_QUIRKS,
    abort: 'drain',
    maxTokensField: 'max_completion_tokens',
    userField: 'user',
    reasoningField: 'reasoning',
    thinkTags: true,
  },
  modelQuirks: [
    { pattern: 'openai/gpt-oss-*', quirks: { effortKnob: 'effort', efforts: ['low', 'medium', 'high'] } },
    { pattern: 'qwen/qwen3*', quirks: { effortKnob: 'effort', efforts: ['none', 'default'] } },
  ],
  sources: [
    'https://openrouter.ai/docs/api-reference/streaming',
    'https://console.groq.com/docs/openai',
    'https://console.groq.com/docs/reasoning',
    'https://console.groq.com/docs/api-reference',
  ],
  defaultModels: ['openai/gpt-oss-*', 'qwen/*', 'llama-*-versatile', 'llama-*-instant', 'meta-llama/*', 'groq/*'],
  priceCatalogue: 'groq',
};
