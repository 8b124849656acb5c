import type { Provider } from '../core/provider.ts';
import { at, COMPATIBLE, COMPATIBLE_QUIRKS } from './openai-compatible.ts';

/** Perplexity's Sonar models: they search the web for every answer, and call no tools of the caller's. */
export const PERPLEXITY: Provider = {
  ...COMPATIBLE,
  id: 'perplexity',
  name: 'Perplexity',
  defaultBaseUrl: 'https://api.perplexity.ai',
  environmentKey: 'PERPLEXITY_API_KEY',
  endpoints: { 'openai-chat': at('/chat/completions') },
  quirks: {
    ...COMPATIBLE_QUIRKS,
    abort: 'drain',
    systemMidConversation: false,
    // Every chunk carries the usage so far.
    streamOptions: false,
    topK: true,
    seedAndPenalties: false,
    stopSequences: 0,
    tools: false,
    forcedTools: false,
    parallelToolCalls: false,
    jsonObject: false,
    thinkTags: true,
  },
  modelQuirks: [
    {
      pattern: 'sonar-deep-research*',
      quirks: { effortKnob: 'effort', efforts: ['minimal', 'low', 'medium', 'high'] },
    },
  ],
  sources: [
    'https://openrouter.ai/docs/api-reference/streaming',
    'https://docs.perplexity.ai/docs/sonar/openai-compatibility',
    'https://docs.perplexity.ai/guides/chat-completions-guide',
    'https://docs.perplexity.ai/api-reference/chat-completions-post',
  ],
  defaultModels: ['sonar*'],
  priceCatalogue: 'perplexity',
};
