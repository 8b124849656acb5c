import type { Provider } from '../core/provider.ts';
import type { Quirks } from '../core/quirks.ts';
import { at, COMPATIBLE, COMPATIBLE_QUIRKS } from './openai-compatible.ts';

const GRADED: Partial<Quirks> = { effortKnob: 'thinking_or_effort', efforts: ['none', 'low', 'medium', 'high'] };
const SWITCHED: Partial<Quirks> = { effortKnob: 'thinking_object', efforts: ['none', 'high'] };

/** Volcengine Ark: Doubao models. */
export const VOLCENGINE: Provider = {
  ...COMPATIBLE,
  id: 'volcengine',
  name: 'Volcengine Ark (Doubao)',
  defaultBaseUrl: 'https://ark.cn-beijing.volces.com/api',
  environmentKey: 'ARK_API_KEY',
  endpoints: {
    'openai-chat': at('/v3/chat/completions'),
    'anthropic-messages': at('/compatible/v1/messages'),
    'openai-responses': at('/v3/responses'),
  },
  quirks: { ...COMPATIBLE_QUIRKS, seedAndPenalties: false },
  modelQuirks: [
    { pattern: 'doubao-seed-2*', quirks: GRADED },
    { pattern: 'doubao-seed-1-8*', quirks: GRADED },
    { pattern: 'doubao-seed-*', quirks: SWITCHED },
  ],
  sources: [
    'https://www.volcengine.com/docs/82379/1494384',
    'https://www.volcengine.com/docs/82379/1449737',
    'https://www.volcengine.com/article/38136',
  ],
  defaultModels: ['doubao-*'],
  priceCatalogue: 'volcengine',
};
