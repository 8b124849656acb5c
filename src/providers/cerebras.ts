import type { Provider } from '../core/provider.ts';
import { COMPATIBLE, ONE_SYSTEM_MESSAGE, OPEN_MODEL_QUIRKS } from './openai-compatible.ts';

/** Cerebras: open models; penalties and the switch for parallel calls are errors there. */
export const CEREBRAS: Provider = {
  ...COMPATIBLE,
  id: 'cerebras',
  name: 'Cerebras',
  defaultBaseUrl: 'https://api.cerebras.ai',
  environmentKey: 'CEREBRAS_API_KEY',
  quirks: {
    ...OPEN_MODEL_QUIRKS,
    maxTokensField: 'max_completion_tokens',
    seedAndPenalties: false,
    parallelToolCalls: false,
    forcedTools: false,
    imageUrls: false,
    userField: 'user',
    reasoningField: 'reasoning',
    thinkTags: true,
  },
  modelQuirks: [{ pattern: 'gpt-oss-*', quirks: { effortKnob: 'effort', efforts: ['low', 'medium', 'high'] } }],
  sources: [
    'https://inference-docs.cerebras.ai/api-reference/chat-completions',
    'https://inference-docs.cerebras.ai/resources/openai',
    'https://inference-docs.cerebras.ai/capabilities/reasoning',
    ONE_SYSTEM_MESSAGE,
  ],
  defaultModels: ['gpt-oss-120b', 'zai-glm-*', 'gemma-*', 'llama3.1-*'],
  priceCatalogue: 'cerebras',
};
