import type { Provider } from '../core/provider.ts';
import { at, COMPATIBLE, ONE_SYSTEM_MESSAGE, OPEN_MODEL_QUIRKS } from './openai-compatible.ts';

/** Hugging Face's router before its inference providers; what a model takes is the chosen provider's affair. */
export const HUGGINGFACE: Provider = {
  ...COMPATIBLE,
  id: 'huggingface',
  name: 'Hugging Face Inference Providers',
  defaultBaseUrl: 'https://router.huggingface.co',
  // Its usual variable is a token for all of the hub, set for other reasons too.
  environmentKey: undefined,
  endpoints: {
    'openai-chat': at('/v1/chat/completions'),
    'anthropic-messages': at('/v1/messages'),
    'openai-responses': at('/v1/responses'),
  },
  quirks: { ...OPEN_MODEL_QUIRKS, abort: 'drain', thinkTags: true },
  modelQuirks: [{ pattern: 'openai/gpt-oss-*', quirks: { effortKnob: 'effort', efforts: ['low', 'medium', 'high'] } }],
  sources: [
    'https://openrouter.ai/docs/api-reference/streaming',
    'https://huggingface.co/docs/inference-providers/tasks/chat-completion',
    'https://huggingface.co/docs/inference-providers/guides/responses-api',
    'https://huggingface.co/docs/inference-providers/integrations/claude-code',
    ONE_SYSTEM_MESSAGE,
  ],
  defaultModels: ['*/*'],
  priceCatalogue: 'huggingface',
};
