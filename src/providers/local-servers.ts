import type { Provider } from '../core/provider.ts';
import { at, COMPATIBLE, ONE_SYSTEM_MESSAGE, OPEN_MODEL_QUIRKS } from './openai-compatible.ts';

/** Servers that people run themselves: the channel names the address, and a key only where the server was given one. */
const LOCAL = {
  ...COMPATIBLE,
  defaultBaseUrl: undefined,
  environmentKey: undefined,
  endpoints: {
    'openai-chat': at('/v1/chat/completions'),
    'anthropic-messages': at('/v1/messages'),
    'openai-responses': at('/v1/responses'),
  },
  quirks: { ...OPEN_MODEL_QUIRKS, topK: true, thinkTags: true },
  defaultModels: ['*'],
} as const satisfies Partial<Provider>;

/** Those that let a model's own chat template switch its thinking, and count tokens. */
const TEMPLATED = {
  ...LOCAL,
  endpoints: { ...LOCAL.endpoints, 'anthropic-messages': at('/v1/messages', '/v1/messages/count_tokens') },
  quirks: {
    ...LOCAL.quirks,
    effortKnob: 'chat_template',
    efforts: ['none', 'high'],
    reasoningReplay: 'tool_calls',
  },
} as const satisfies Partial<Provider>;

/** Ollama from 0.14 on. */
export const OLLAMA: Provider = {
  ...LOCAL,
  id: 'ollama',
  name: 'Ollama',
  quirks: {
    ...LOCAL.quirks,
    topK: false,
    forcedTools: false,
    parallelToolCalls: false,
    imageUrls: false,
    effortKnob: 'effort',
    efforts: ['none', 'low', 'medium', 'high'],
    reasoningField: 'reasoning',
  },
  sources: [
    'https://docs.ollama.com/api/openai-compatibility',
    'https://docs.ollama.com/api/anthropic-compatibility',
    'https://github.com/ollama/ollama/issues/6753',
    'https://github.com/ollama/ollama/issues/17774',
  ],
  priceCatalogue: 'ollama',
};

/** vLLM from 0.11.1 on; a NVIDIA NIM container serves the same. */
export const VLLM: Provider = {
  ...TEMPLATED,
  id: 'vllm',
  name: 'vLLM',
  quirks: { ...TEMPLATED.quirks, reasoningField: 'reasoning' },
  sources: [
    'https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html',
    'https://docs.vllm.ai/en/latest/features/reasoning_outputs.html',
    'https://docs.nvidia.com/nim/large-language-models/2.0.6/reference/api-reference.html',
    'https://github.com/vllm-project/vllm/issues/30010',
    ONE_SYSTEM_MESSAGE,
  ],
  priceCatalogue: 'vllm',
};

/** SGLang. */
export const SGLANG: Provider = {
  ...TEMPLATED,
  id: 'sglang',
  name: 'SGLang',
  sources: [
    'https://docs.sglang.io/docs/basic_usage/openai_api_completions',
    'https://docs.sglang.io/docs/basic_usage/anthropic_api',
    'https://docs.sglang.io/docs/advanced_features/separate_reasoning',
    'https://docs.nvidia.com/nim/large-language-models/2.1.4/reference/api-reference.html',
    ONE_SYSTEM_MESSAGE,
  ],
  priceCatalogue: 'sglang',
};

/** The server of llama.cpp. */
export const LLAMA_CPP: Provider = {
  ...TEMPLATED,
  id: 'llama-cpp',
  name: 'llama.cpp',
  sources: [
    'https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md',
    'https://github.com/ggml-org/llama.cpp/issues/20733',
  ],
  priceCatalogue: 'llama-cpp',
};

/** LM Studio from 0.4.1 on. */
export const LM_STUDIO: Provider = {
  ...LOCAL,
  id: 'lm-studio',
  name: 'LM Studio',
  quirks: {
    ...LOCAL.quirks,
    // Of the forced choices only `required` is known there, and not kept.
    forcedTools: false,
    parallelToolCalls: false,
    imageUrls: false,
    jsonObject: false,
  },
  sources: [
    'https://lmstudio.ai/docs/developer/openai-compat',
    'https://lmstudio.ai/docs/developer/anthropic-compat',
    'https://github.com/lmstudio-ai/lmstudio-bug-tracker/issues/670',
    'https://github.com/lmstudio-ai/lmstudio-bug-tracker/issues/189',
    'https://github.com/lmstudio-ai/lmstudio-bug-tracker/issues/1120',
    'https://github.com/lmstudio-ai/lmstudio-bug-tracker/issues/1904',
    ONE_SYSTEM_MESSAGE,
  ],
  priceCatalogue: 'lm-studio',
};
