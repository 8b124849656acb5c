import type { Provider } from '../core/provider.ts';
import { COMPATIBLE, ONE_SYSTEM_MESSAGE, OPEN_MODEL_QUIRKS } from './openai-compatible.ts';

/** Together: open models; its Responses API serves only a few of them, so that all clients are served by Chat. */
export const TOGETHER: Provider = {
  ...COMPATIBLE,
  id: 'together',
  name: 'Together AI',
  defaultBaseUrl: 'https://api.together.ai',
  environmentKey: 'TOGETHER_API_KEY',
  quirks: { ...OPEN_MODEL_QUIRKS, topK: true, reasoningField: 'reasoning', thinkTags: true },
  modelQuirks: [
    { pattern: '*/gpt-oss-*', quirks: { effortKnob: 'effort', efforts: ['low', 'medium', 'high'] } },
    { pattern: 'zai-org/GLM-5*', quirks: { effortKnob: 'effort', efforts: ['low', 'medium', 'high', 'max'] } },
  ],
  sources: [
    'https://docs.together.ai/docs/openai-api-compatibility',
    'https://docs.together.ai/docs/inference/responses-api',
    'https://docs.together.ai/docs/glm-5.3-quickstart',
    ONE_SYSTEM_MESSAGE,
  ],
  defaultModels: [
    'Qwen/*',
    'deepseek-ai/*',
    'google/gemma-*',
    'meta-llama/*',
    'moonshotai/*',
    'openai/gpt-oss-*',
    'zai-org/*',
  ],
  priceCatalogue: 'together',
};
