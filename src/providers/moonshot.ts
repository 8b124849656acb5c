import type { Provider } from '../core/provider.ts';
import type { Quirks } from '../core/quirks.ts';
import { at, COMPATIBLE, COMPATIBLE_QUIRKS } from './openai-compatible.ts';

/** Kimi models think: sampling is then fixed, no tool can be forced, and every turn's thinking must come back. */
const KIMI: Partial<Quirks> = {
  sampling: false,
  seedAndPenalties: false,
  forcedTools: false,
  reasoningReplay: 'always',
};

/** Kimi models that can be told not to think. */
const SWITCHED: Partial<Quirks> = { ...KIMI, effortKnob: 'thinking_object', efforts: ['none', 'high'] };

/** Moonshot: two knobs at once are an error, and which one there is depends on the model (P39). */
export const MOONSHOT: Provider = {
  ...COMPATIBLE,
  id: 'moonshot',
  name: 'Moonshot AI (Kimi)',
  defaultBaseUrl: 'https://api.moonshot.ai',
  environmentKey: 'MOONSHOT_API_KEY',
  endpoints: {
    'openai-chat': at('/v1/chat/completions'),
    'anthropic-messages': at('/anthropic/v1/messages'),
    'openai-responses': at('/v1/responses'),
  },
  quirks: {
    ...COMPATIBLE_QUIRKS,
    maxTokensField: 'max_completion_tokens',
    stopSequences: 5,
    imageUrls: false,
  },
  modelQuirks: [
    { pattern: 'kimi-k3*', quirks: { ...KIMI, effortKnob: 'effort', efforts: ['low', 'high', 'max'] } },
    { pattern: 'kimi-k2.5*', quirks: SWITCHED },
    { pattern: 'kimi-k2.6*', quirks: SWITCHED },
    { pattern: 'kimi-*', quirks: KIMI },
  ],
  sources: [
    'https://platform.kimi.ai/docs/api/chat',
    'https://platform.kimi.ai/docs/api/overview',
    'https://platform.kimi.ai/docs/guide/use-kimi-k2-thinking-model',
    'https://platform.moonshot.cn/docs/guide/migrating-from-openai-to-kimi',
    'https://github.com/UKGovernmentBEIS/inspect_ai/pull/5152',
    'https://github.com/HKUDS/nanobot/issues/3939',
    'https://github.com/mnfst/modelparams.dev/pull/168',
  ],
  defaultModels: ['kimi-*', 'moonshot-*'],
  priceCatalogue: 'moonshotai',
};
