import type { Provider } from '../core/provider.ts';
import { OPENAI_QUIRKS } from '../core/quirks.ts';
import { ANTHROPIC_MODELS } from './anthropic-models.ts';

/** Client headers that mean something to the Messages API; the rest, credentials above all, stay here (`anthropic-surface.md` §2). */
const FORWARDED = [
  'anthropic-version',
  'anthropic-beta',
  'anthropic-user-profile-id',
  'anthropic-workspace-id',
  'user-agent',
  'x-app',
  'x-claude-code-*',
  'x-stainless-*',
  'traceparent',
  'tracestate',
];

/** Anthropic's own API. */
export const ANTHROPIC: Provider = {
  id: 'anthropic',
  name: 'Anthropic',
  defaultBaseUrl: 'https://api.anthropic.com',
  environmentKey: 'ANTHROPIC_API_KEY',
  auth: 'x-api-key',
  transport: 'http',
  endpoints: {
    'anthropic-messages': { generatePath: '/v1/messages', countTokensPath: '/v1/messages/count_tokens' },
  },
  forwardHeaders: FORWARDED,
  defaultModels: ['claude-*'],
  models: ANTHROPIC_MODELS,
  quirks: { ...OPENAI_QUIRKS, cacheControl: true, topK: true },
  modelQuirks: [],
  sources: [],
  priceCatalogue: 'anthropic',
};
