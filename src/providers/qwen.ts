import type { Provider } from '../core/provider.ts';
import type { Quirks } from '../core/quirks.ts';
import { at, COMPATIBLE, COMPATIBLE_QUIRKS } from './openai-compatible.ts';

/** Models without the switch: they either never or always think. */
const UNSWITCHED: Partial<Quirks> = { effortKnob: 'none', efforts: [] };

/** Alibaba Cloud Model Studio (DashScope): Qwen models, which cannot be forced to call a tool while they think. */
export const QWEN: Provider = {
  ...COMPATIBLE,
  id: 'qwen',
  name: 'Alibaba Cloud Model Studio (Qwen)',
  defaultBaseUrl: 'https://dashscope-intl.aliyuncs.com',
  environmentKey: 'DASHSCOPE_API_KEY',
  endpoints: {
    'openai-chat': at('/compatible-mode/v1/chat/completions'),
    'anthropic-messages': at('/apps/anthropic/v1/messages'),
    'openai-responses': at('/compatible-mode/v1/responses'),
  },
  quirks: {
    ...COMPATIBLE_QUIRKS,
    abort: 'drain',
    systemMidConversation: false,
    topK: true,
    forcedTools: false,
    effortKnob: 'enable_thinking',
    efforts: ['none', 'high'],
  },
  modelQuirks: [
    { pattern: '*coder*', quirks: UNSWITCHED },
    { pattern: '*-instruct*', quirks: UNSWITCHED },
    { pattern: '*-thinking*', quirks: UNSWITCHED },
    { pattern: 'qwq-*', quirks: UNSWITCHED },
  ],
  sources: [
    'https://openrouter.ai/docs/api-reference/streaming',
    'https://www.alibabacloud.com/help/en/model-studio/compatibility-of-openai-with-dashscope',
    'https://www.alibabacloud.com/help/en/model-studio/anthropic-api-messages',
    'https://help.aliyun.com/en/model-studio/compatibility-with-openai-responses-api',
    'https://help.aliyun.com/en/model-studio/deep-thinking',
    'https://github.com/cloudwego/eino/issues/994',
  ],
  defaultModels: ['qwen*', 'qwq-*', 'qvq-*'],
  priceCatalogue: 'qwen',
};
