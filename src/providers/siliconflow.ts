import type { Provider } from '../core/provider.ts';
import type { Quirks } from '../core/quirks.ts';
import { at, COMPATIBLE, ONE_SYSTEM_MESSAGE, OPEN_MODEL_QUIRKS } from './openai-compatible.ts';

const SWITCHED: Partial<Quirks> = { effortKnob: 'enable_thinking', efforts: ['none', 'high'] };

/** SiliconFlow, in China at `base_url: https://api.siliconflow.cn`: open models; only some know the switch for thinking. */
export const SILICONFLOW: Provider = {
  ...COMPATIBLE,
  id: 'siliconflow',
  name: 'SiliconFlow',
  defaultBaseUrl: 'https://api.siliconflow.com',
  environmentKey: 'SILICONFLOW_API_KEY',
  endpoints: { 'openai-chat': at('/v1/chat/completions'), 'anthropic-messages': at('/v1/messages') },
  quirks: { ...OPEN_MODEL_QUIRKS, topK: true },
  modelQuirks: [
    {
      pattern: '*DeepSeek-V4*',
      quirks: { effortKnob: 'effort', efforts: ['high', 'max'], forcedTools: false, reasoningReplay: 'tool_calls' },
    },
    { pattern: '*GLM-5.2*', quirks: { effortKnob: 'effort', efforts: ['high', 'max'] } },
    { pattern: '*zai-org/GLM-*', quirks: SWITCHED },
    { pattern: '*deepseek-ai/DeepSeek-V3*', quirks: SWITCHED },
  ],
  sources: [
    'https://docs.siliconflow.cn/docs/api/chat-completions-post',
    'https://docs.siliconflow.cn/docs/api/messages-post',
    ONE_SYSTEM_MESSAGE,
  ],
  defaultModels: ['Pro/*', 'Qwen/*', 'THUDM/*', 'deepseek-ai/*', 'moonshotai/*', 'zai-org/*'],
  priceCatalogue: 'siliconflow',
};
