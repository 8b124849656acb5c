import type { Provider } from '../core/provider.ts';
import { ANTHROPIC } from './anthropic.ts';
import { SIMULATOR } from './simulator.ts';

/** Every provider that a channel can name. */
export const PROVIDERS: readonly Provider[] = [ANTHROPIC, SIMULATOR];

const BY_ID = new Map(PROVIDERS.map((provider) => [provider.id, provider]));

/** The row of a provider. @throws Error when a config got past its checks with an unknown one. */
export function providerById(id: string): Provider {
  const provider = BY_ID.get(id);
  if (!provider) throw new Error(`unknown provider ${id}`);
  return provider;
}
