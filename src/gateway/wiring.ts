import { createHash } from 'node:crypto';
import { newId } from '../access/new-id.ts';
import { createEnvelope } from '../access/opaque-envelope.ts';
import type { CodecTools } from '../core/dialect.ts';
import type { Provider } from '../core/provider.ts';
import { PROVIDERS, providerById } from '../providers/index.ts';
import { createTransport, type Transport } from '../upstream/send.ts';

/** The transport of a server, with the simulator behind every provider that is answered in process. */
export function createGatewayTransport(now: () => number): Transport {
  const simulatedModels = PROVIDERS.filter(({ transport }) => transport === 'simulator').flatMap(
    ({ models }) => models,
  );
  return createTransport({ simulatedModels, now, newId: (prefix) => newId(prefix, now()) });
}

/** The name under which the price catalogue lists a provider's models. */
export function priceCatalogueOf(providerId: string): string {
  return providerById(providerId).priceCatalogue;
}

/** What codecs need of the world; `pepper` is the secret of the data directory. */
export function createCodecTools(now: () => number, pepper: Uint8Array): CodecTools {
  return {
    now,
    newId: (prefix) => newId(prefix, now()),
    hash: (text) => createHash('sha256').update(text).digest('hex'),
    envelope: createEnvelope(pepper),
  };
}

/** The rows that a configuration is checked against. */
export const PROVIDER_ROWS: readonly Provider[] = PROVIDERS;
