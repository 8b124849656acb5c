import type { Endpoint, Provider } from '../core/provider.ts';
import { OPENAI_QUIRKS, type Quirks } from '../core/quirks.ts';
import { OPENAI_HEADERS } from './openai.ts';

/** Where a dialect is served; tokens can be counted only where a path for it is known. */
export function at(generatePath: string, countTokensPath?: string): Endpoint {
  return { generatePath, countTokensPath };
}

/** What nearly every vendor of the Chat format takes; each row says where it differs. */
export const COMPATIBLE_QUIRKS: Quirks = {
  ...OPENAI_QUIRKS,
  maxTokensField: 'max_tokens',
  strictTools: false,
  customTools: false,
  files: false,
  promptCacheKey: false,
  userField: undefined,
  serviceTier: false,
  storeAndMetadata: false,
  verbosity: false,
  openAiExtras: false,
};

/** Many open models' own chat templates take one system message, at the front: whoever serves such models is asked for no other. */
export const OPEN_MODEL_QUIRKS: Quirks = { ...COMPATIBLE_QUIRKS, systemMidConversation: false };

/** Where such a template refuses a system message elsewhere: a source for every row that starts from `OPEN_MODEL_QUIRKS`. */
export const ONE_SYSTEM_MESSAGE = 'https://github.com/vllm-project/vllm/issues/41114';

/** What most rows of the provider table have in common: Chat at one address, called with a bearer key. */
export const COMPATIBLE = {
  auth: 'bearer',
  transport: 'http',
  endpoints: { 'openai-chat': at('/v1/chat/completions') },
  quirks: COMPATIBLE_QUIRKS,
  modelQuirks: [],
  // Those of the Messages API matter only where a row serves it, and only clients of it send them.
  forwardHeaders: [...OPENAI_HEADERS, 'anthropic-version', 'anthropic-beta'],
  models: [],
} as const satisfies Partial<Provider>;

/** Any upstream that speaks Chat Completions; its quirks are the channel's to set. */
export const OPENAI_COMPATIBLE: Provider = {
  ...COMPATIBLE,
  id: 'openai-compatible',
  name: 'OpenAI-compatible',
  defaultBaseUrl: undefined,
  environmentKey: undefined,
  sources: ['translation.md §0.4, P97'],
  defaultModels: ['*'],
  priceCatalogue: 'openai',
};
