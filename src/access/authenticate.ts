import { createSecretKey, randomBytes, timingSafeEqual } from 'node:crypto';
import { GatewayError } from '../core/error.ts';
import type { KeyRecord } from '../store/keys.ts';
import { createKeyCache, type KeyStore } from './key-cache.ts';
import { digestKey, parseKey } from './key-format.ts';
import { keyState } from './keys.ts';
import { type Principal, principalOf } from './principal.ts';

/** The headers that carry a credential, as `node:http` gives them. */
export type CredentialHeaders = {
  readonly 'x-api-key'?: string | string[] | undefined;
  readonly authorization?: string | undefined;
};

/** Tells who makes a request. Every refusal that is about the key reads the same, whatever was wrong with it. */
export type Authenticator = {
  /**
   * The principal, when the key is in the cache; undefined when the store must be asked. Synchronous, some microseconds.
   * @throws GatewayError `authentication`.
   */
  cached(headers: CredentialHeaders): Principal | undefined;
  /** Rejects with GatewayError `authentication`, or `unavailable` when the store is down and the key is not known. */
  authenticate(headers: CredentialHeaders): Promise<Principal>;
  /** Asks at once whether any key has changed. */
  refresh(): Promise<void>;
  /** Ends the timer. */
  close(): void;
};

/** What an authenticator works with; `now` is Unix ms, `clock` monotonic ms. */
export type AuthenticatorOptions = {
  store: KeyStore;
  pepper: Uint8Array;
  now(): number;
  clock?(): number;
  /** How long known keys are served while the store is down, in ms; default: 60 s. */
  grace?(): number;
  /** Told of a key that is judged from memory, or cannot be judged, while the store is down (law Down). */
  onDown?(use: 'known_key' | 'unknown_key'): void;
};

/** Makes the one authenticator of a server. */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { store, now, clock = () => performance.now(), grace = () => 60_000 } = options;
  const { onDown = () => undefined } = options;
  // Made once: raw bytes would be copied into a key object for every request.
  const pepper = createSecretKey(options.pepper);
  const cache = createKeyCache(store, clock, grace);
  const nobody = randomBytes(32);

  const comparable = (digest: Uint8Array | undefined) => (digest?.length === nobody.length ? digest : nobody);

  /** Compares under the full digest, and against a dummy where there is no key, so that both take the same time. */
  const judge = (key: string, record: KeyRecord | null): Principal => {
    const given = digestKey(key, pepper);
    const isCurrent = timingSafeEqual(given, comparable(record?.digest));
    // A rotated key has two secrets for a time; compared for every key, so that all take the same time.
    const isPrevious = timingSafeEqual(given, comparable(record?.previous?.digest));
    const matches = isCurrent || (isPrevious && (record?.previous?.until ?? 0) > now());
    if (record === null || !matches || keyState(record, now()) !== 'active') throw refusal();
    return principalOf(record);
  };

  const fromCache = (key: string, id: string): Principal | undefined => {
    const record = cache.peek(id);
    if (record === undefined) return undefined;
    if (store.isDown()) onDown('known_key');
    return judge(key, record);
  };

  const throwUnavailable = (cause: unknown): never => {
    onDown('unknown_key');
    throw new GatewayError('unavailable', 'API keys cannot be checked at the moment', { retryAfter: 1, cause });
  };

  return {
    cached(headers) {
      const { key, id } = credentialOf(headers);
      return fromCache(key, id);
    },
    async authenticate(headers) {
      const { key, id } = credentialOf(headers);
      return fromCache(key, id) ?? judge(key, await cache.fetch(id).catch(throwUnavailable));
    },
    refresh: cache.refresh,
    close: cache.close,
  };
}

/**
 * The id of the key that a request carries, proven or not.
 * @throws GatewayError `authentication` when it carries nothing that looks like a key.
 */
export function claimedKeyId(headers: CredentialHeaders): string {
  return credentialOf(headers).id;
}

/** The key of a request: `x-api-key` wins over `Authorization: Bearer` (`anthropic-surface.md` §2). Checked for its form only. */
function credentialOf(headers: CredentialHeaders): { key: string; id: string } {
  const apiKey = headers['x-api-key'];
  const key = typeof apiKey === 'string' && apiKey !== '' ? apiKey : bearerOf(headers.authorization);
  const parsed = key === undefined ? undefined : parseKey(key);
  if (key === undefined || parsed === undefined) throw refusal();
  return { key, id: parsed.id };
}

function bearerOf(authorization: string | undefined): string | undefined {
  return /^bearer +(\S{1,256}) *$/i.exec(authorization ?? '')?.[1];
}

function refusal(): GatewayError {
  return new GatewayError('authentication', 'invalid x-api-key', { shouldRetry: false });
}
