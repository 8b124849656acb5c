import type { ModelQuirks, Provider } from '../core/provider.ts';
import { OPENAI_QUIRKS, type Quirks } from '../core/quirks.ts';

/** Client headers that mean something to OpenAI's API; credentials, organisation and project stay the channel's own. */
export const OPENAI_HEADERS = [
  'user-agent',
  'openai-beta',
  'originator',
  'session-id',
  'session_id',
  'thread-id',
  'x-client-request-id',
  'x-codex-*',
  'x-stainless-*',
  'traceparent',
  'tracestate',
];

/** Models that reason take neither sampling nor stop sequences, and system text as role `developer`. */
const REASONING: Partial<Quirks> = {
  developerRole: true,
  sampling: false,
  seedAndPenalties: false,
  stopSequences: 0,
  effortKnob: 'effort',
  efforts: ['low', 'medium', 'high'],
  encryptedReasoning: true,
};

/** From GPT-5.6 on. */
const TO_MAX: Partial<Quirks> = { ...REASONING, efforts: ['none', 'low', 'medium', 'high', 'xhigh', 'max'] };

/** OpenAI's models by family; the first pattern that fits counts. */
export const OPENAI_MODEL_QUIRKS: readonly ModelQuirks[] = [
  { pattern: 'gpt-5*-chat*', quirks: {} },
  { pattern: 'gpt-6*', quirks: TO_MAX },
  { pattern: 'gpt-5.6*', quirks: TO_MAX },
  { pattern: 'gpt-5-pro*', quirks: { ...REASONING, efforts: ['high'] } },
  { pattern: 'gpt-5.1-codex-max*', quirks: { ...REASONING, efforts: ['none', 'low', 'medium', 'high', 'xhigh'] } },
  { pattern: 'gpt-5.1*', quirks: { ...REASONING, efforts: ['none', 'low', 'medium', 'high'] } },
  { pattern: 'gpt-5.*', quirks: { ...REASONING, efforts: ['none', 'low', 'medium', 'high', 'xhigh'] } },
  { pattern: 'gpt-5*', quirks: { ...REASONING, efforts: ['minimal', 'low', 'medium', 'high'] } },
  { pattern: 'o1*', quirks: REASONING },
  { pattern: 'o3*', quirks: REASONING },
  { pattern: 'o4*', quirks: REASONING },
  { pattern: 'codex-*', quirks: REASONING },
];

/** OpenAI's own API; Responses first, since only it gives reasoning back between turns. */
export const OPENAI: Provider = {
  id: 'openai',
  name: 'OpenAI',
  defaultBaseUrl: 'https://api.openai.com',
  environmentKey: 'OPENAI_API_KEY',
  auth: 'bearer',
  transport: 'http',
  endpoints: {
    'openai-responses': { generatePath: '/v1/responses', countTokensPath: '/v1/responses/input_tokens' },
    'openai-chat': { generatePath: '/v1/chat/completions', countTokensPath: undefined },
  },
  quirks: OPENAI_QUIRKS,
  modelQuirks: OPENAI_MODEL_QUIRKS,
  sources: [
    'translation.md §1, §3, §6',
    'https://platform.openai.com/docs/api-reference',
    'https://developers.openai.com/api/docs/guides/deployment-checklist',
    'https://github.com/anomalyco/opencode/issues/36141',
  ],
  forwardHeaders: OPENAI_HEADERS,
  defaultModels: ['gpt-*', 'chatgpt-*', 'codex-*', 'o1*', 'o3*', 'o4*'],
  models: [],
  priceCatalogue: 'openai',
};
