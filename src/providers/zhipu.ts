import type { Provider } from '../core/provider.ts';
import type { Quirks } from '../core/quirks.ts';
import { at, COMPATIBLE, COMPATIBLE_QUIRKS } from './openai-compatible.ts';

const THINKS: Partial<Quirks> = { effortKnob: 'thinking_object', efforts: ['none', 'high'] };

/** Z.ai, in China Zhipu (`base_url: https://open.bigmodel.cn/api`): GLM models, whose thinking goes back while tools run. */
export const ZHIPU: Provider = {
  ...COMPATIBLE,
  id: 'zhipu',
  name: 'Z.ai (Zhipu GLM)',
  defaultBaseUrl: 'https://api.z.ai/api',
  environmentKey: 'ZAI_API_KEY',
  endpoints: {
    'openai-chat': at('/paas/v4/chat/completions'),
    'anthropic-messages': at('/anthropic/v1/messages'),
  },
  quirks: {
    ...COMPATIBLE_QUIRKS,
    streamOptions: false,
    seedAndPenalties: false,
    stopSequences: 1,
    forcedTools: false,
    parallelToolCalls: false,
    jsonSchema: false,
    reasoningReplay: 'tool_calls',
  },
  modelQuirks: [
    { pattern: 'glm-5.3*', quirks: { effortKnob: 'effort', efforts: ['low', 'high', 'max'] } },
    {
      pattern: 'glm-5.2*',
      quirks: {
        effortKnob: 'thinking_or_effort',
        efforts: ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'],
      },
    },
    { pattern: 'glm-5*', quirks: THINKS },
    { pattern: 'glm-4.5*', quirks: THINKS },
    { pattern: 'glm-4.6*', quirks: THINKS },
    { pattern: 'glm-4.7*', quirks: THINKS },
  ],
  sources: [
    'https://docs.z.ai/api-reference/llm/chat-completion',
    'https://docs.z.ai/guides/capabilities/thinking-mode',
    'https://docs.z.ai/devpack/tool/claude',
    'https://java.agentscope.io/v2/en/integration/model/glm',
  ],
  defaultModels: ['glm-*'],
  priceCatalogue: 'zai',
};
