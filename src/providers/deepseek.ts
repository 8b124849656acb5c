import type { Provider } from '../core/provider.ts';
import { at, COMPATIBLE, COMPATIBLE_QUIRKS } from './openai-compatible.ts';

/** DeepSeek: its models think unless told not to, and want that thinking back with every tool call (P38). */
export const DEEPSEEK: Provider = {
  ...COMPATIBLE,
  id: 'deepseek',
  name: 'DeepSeek',
  defaultBaseUrl: 'https://api.deepseek.com',
  environmentKey: 'DEEPSEEK_API_KEY',
  endpoints: {
    'openai-chat': at('/chat/completions'),
    'openai-responses': at('/responses'),
    'anthropic-messages': at('/anthropic/v1/messages'),
  },
  quirks: {
    ...COMPATIBLE_QUIRKS,
    forcedTools: false,
    parallelToolCalls: false,
    jsonSchema: false,
    stopSequences: 16,
    effortKnob: 'thinking_or_effort',
    efforts: ['none', 'low', 'high', 'max'],
    reasoningReplay: 'tool_calls',
  },
  sources: [
    'https://api-docs.deepseek.com/api/create-chat-completion',
    'https://api-docs.deepseek.com/guides/thinking_mode',
    'https://api-docs.deepseek.com/guides/responses_api',
    'https://api-docs.deepseek.com/guides/anthropic_api',
    'https://api-docs.deepseek.com/guides/vision',
    'https://github.com/deepseek-ai/DeepSeek-V3/issues/1376',
  ],
  defaultModels: ['deepseek-*'],
  priceCatalogue: 'deepseek',
};
