import type { Provider } from '../core/provider.ts';
import { at, COMPATIBLE, COMPATIBLE_QUIRKS } from './openai-compatible.ts';

/** xAI: Responses first, since only there reasoning comes back, sealed; its Messages API is deprecated and left out. */
export const XAI: Provider = {
  ...COMPATIBLE,
  id: 'xai',
  name: 'xAI',
  defaultBaseUrl: 'https://api.x.ai',
  environmentKey: 'XAI_API_KEY',
  endpoints: { 'openai-responses': at('/v1/responses'), 'openai-chat': at('/v1/chat/completions') },
  quirks: {
    ...COMPATIBLE_QUIRKS,
    maxTokensField: 'max_completion_tokens',
    seedAndPenalties: false,
    stopSequences: 0,
    // Taken, for compatibility, without effect.
    strictTools: true,
    userField: 'user',
    // Responses are kept for 30 days unless `store` says otherwise.
    storeAndMetadata: true,
    encryptedReasoning: true,
  },
  modelQuirks: [
    { pattern: 'grok-4.3*', quirks: { effortKnob: 'effort', efforts: ['none', 'low', 'medium', 'high', 'xhigh'] } },
    { pattern: 'grok-4.5*', quirks: { effortKnob: 'effort', efforts: ['low', 'medium', 'high'] } },
    { pattern: 'grok-4.6*', quirks: { effortKnob: 'effort', efforts: ['low', 'medium', 'high', 'xhigh'] } },
    { pattern: 'grok-4.7*', quirks: { effortKnob: 'effort', efforts: ['low', 'medium', 'high', 'xhigh'] } },
    { pattern: 'grok-3-mini*', quirks: { effortKnob: 'effort', efforts: ['low', 'high'] } },
  ],
  sources: [
    'https://docs.x.ai/developers/model-capabilities/text/comparison',
    'https://docs.x.ai/docs/guides/reasoning',
    'https://docs.x.ai/docs/guides/chat',
    'https://docs.x.ai/developers/rest-api-reference/inference/legacy',
    'https://github.com/BerriAI/litellm/pull/37128',
  ],
  defaultModels: ['grok-*'],
  priceCatalogue: 'x-ai',
};
