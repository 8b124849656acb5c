import type { Provider } from '../core/provider.ts';
import { OPENAI, OPENAI_HEADERS } from './openai.ts';
import { at } from './openai-compatible.ts';

/** OpenAI's models in an Azure resource, by its API without dated versions: a model's name is that of its deployment. */
export const AZURE: Provider = {
  ...OPENAI,
  id: 'azure',
  name: 'Azure OpenAI',
  defaultBaseUrl: undefined,
  environmentKey: undefined,
  auth: 'api-key',
  endpoints: {
    'openai-responses': at('/openai/v1/responses'),
    'openai-chat': at('/openai/v1/chat/completions'),
  },
  sources: [
    'https://learn.microsoft.com/en-us/azure/foundry/openai/api-version-lifecycle',
    'https://learn.microsoft.com/en-us/python/api/azure-ai-projects/azure.ai.projects.models.reasoningeffort?view=azure-python',
  ],
  forwardHeaders: OPENAI_HEADERS,
  defaultModels: ['*'],
  priceCatalogue: 'azure',
};
