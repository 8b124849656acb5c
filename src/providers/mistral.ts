import type { Provider } from '../core/provider.ts';
import type { Quirks } from '../core/quirks.ts';
import { COMPATIBLE, COMPATIBLE_QUIRKS } from './openai-compatible.ts';

/** The models whose thinking can be switched; to all others the knob is an unknown field. */
const ADJUSTABLE: Partial<Quirks> = { effortKnob: 'effort', efforts: ['none', 'high'] };

/** Mistral: refuses every field that it does not know, and gives usage without being asked. */
export const MISTRAL: Provider = {
  ...COMPATIBLE,
  id: 'mistral',
  name: 'Mistral',
  defaultBaseUrl: 'https://api.mistral.ai',
  environmentKey: 'MISTRAL_API_KEY',
  quirks: {
    ...COMPATIBLE_QUIRKS,
    abort: 'drain',
    systemMidConversation: false,
    streamOptions: false,
    // Its seed has another name.
    seedAndPenalties: false,
    toolIds: 'nine_alphanumerics',
    reasoningField: 'thinking_parts',
    reasoningReplay: 'tool_calls',
  },
  modelQuirks: [
    { pattern: 'mistral-small-latest', quirks: ADJUSTABLE },
    { pattern: 'mistral-small-26*', quirks: ADJUSTABLE },
    { pattern: 'mistral-medium-3-5*', quirks: ADJUSTABLE },
  ],
  sources: [
    'https://openrouter.ai/docs/api-reference/streaming',
    'https://docs.mistral.ai/api',
    'https://docs.mistral.ai/capabilities/reasoning/adjustable',
    'https://github.com/editor-code-assistant/eca/issues/231',
    'https://github.com/charmbracelet/crush/issues/1590',
    'https://github.com/swarmauri/swarmauri-sdk/issues/162',
    'https://github.com/mistralai/platform-docs-public/issues/7',
  ],
  defaultModels: [
    'mistral-*',
    'ministral-*',
    'magistral-*',
    'codestral-*',
    'devstral-*',
    'pixtral-*',
    'open-mistral-*',
    'open-mixtral-*',
  ],
  priceCatalogue: 'mistral',
};
