import type { Provider } from '../core/provider.ts';
import { ANTHROPIC } from './anthropic.ts';
import { SIMULATOR_MODELS } from './simulator-models.ts';

/** The built-in upstream: the Messages API answered in this process, for trying things out without an account. */
export const SIMULATOR: Provider = {
  ...ANTHROPIC,
  id: 'simulator',
  name: 'Built-in simulator',
  defaultBaseUrl: 'http://simulator.invalid',
  environmentKey: undefined,
  auth: 'none',
  transport: 'simulator',
  endpoints: {
    ...ANTHROPIC.endpoints,
    'openai-chat': { generatePath: '/v1/chat/completions', countTokensPath: undefined },
    'openai-responses': { generatePath: '/v1/responses', countTokensPath: '/v1/responses/input_tokens' },
  },
  defaultModels: ['claude-*', 'simulator*'],
  models: [...ANTHROPIC.models, ...SIMULATOR_MODELS],
};
