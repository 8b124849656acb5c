import type { Provider } from '../core/provider.ts';
import { at, COMPATIBLE, COMPATIBLE_QUIRKS } from './openai-compatible.ts';

/** MiniMax: Messages first, since Chat has its thinking between tags in the text and few of the usual fields. */
export const MINIMAX: Provider = {
  ...COMPATIBLE,
  id: 'minimax',
  name: 'MiniMax',
  defaultBaseUrl: 'https://api.minimax.io',
  environmentKey: 'MINIMAX_API_KEY',
  endpoints: {
    'anthropic-messages': at('/anthropic/v1/messages'),
    'openai-responses': at('/v1/responses'),
    'openai-chat': at('/v1/chat/completions'),
  },
  quirks: {
    ...COMPATIBLE_QUIRKS,
    abort: 'drain',
    systemMidConversation: false,
    maxTokensField: 'max_completion_tokens',
    seedAndPenalties: false,
    forcedTools: false,
    parallelToolCalls: false,
    jsonSchema: false,
    jsonObject: false,
    thinkTags: true,
  },
  sources: [
    'https://openrouter.ai/docs/api-reference/streaming',
    'https://platform.minimax.io/docs/api-reference/text-openai-api',
    'https://platform.minimax.io/docs/api-reference/text-anthropic-api',
    'https://java.agentscope.io/v2/en/integration/model/minimax',
  ],
  defaultModels: ['MiniMax-*'],
  priceCatalogue: 'minimax',
};
