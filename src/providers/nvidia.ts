import type { Provider } from '../core/provider.ts';
import type { Quirks } from '../core/quirks.ts';
import { COMPATIBLE, ONE_SYSTEM_MESSAGE, OPEN_MODEL_QUIRKS } from './openai-compatible.ts';

const SWITCHED: Partial<Quirks> = { effortKnob: 'chat_template', efforts: ['none', 'high'] };

/** NVIDIA's hosted models (NIM); a NIM container of one's own serves as `vllm` does. */
export const NVIDIA: Provider = {
  ...COMPATIBLE,
  id: 'nvidia',
  name: 'NVIDIA NIM',
  defaultBaseUrl: 'https://integrate.api.nvidia.com',
  environmentKey: 'NVIDIA_API_KEY',
  quirks: { ...OPEN_MODEL_QUIRKS, parallelToolCalls: false, imageUrls: false, thinkTags: true },
  modelQuirks: [
    { pattern: 'openai/gpt-oss-*', quirks: { effortKnob: 'effort', efforts: ['low', 'medium', 'high'] } },
    { pattern: 'nvidia/*nemotron*', quirks: SWITCHED },
    { pattern: 'z-ai/*', quirks: SWITCHED },
  ],
  sources: [
    'https://docs.nvidia.com/nim/large-language-models/latest/api-reference.html',
    'https://docs.nvidia.com/nim/large-language-models/latest/function-calling.html',
    'https://github.com/anomalyco/opencode/issues/13584',
    ONE_SYSTEM_MESSAGE,
  ],
  defaultModels: ['nvidia/*', 'meta/*', 'z-ai/*', 'mistralai/*', 'openai/gpt-oss-*'],
  priceCatalogue: 'nvidia',
};
