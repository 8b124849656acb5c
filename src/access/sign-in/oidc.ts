import type { Configuration, CustomFetch } from 'openid-client';
import type { OidcConfig } from '../../config/config.ts';
import { PROJECT_ROLES, type ProjectRole, ROLES, type Role } from '../../core/role.ts';
import { digestSecret, newSecret } from './secrets.ts';

/** How the provider is called; the caller guards the addresses. */
export type CallProvider = (
  url: string,
  init: { method: string; headers: Readonly<Record<string, string>>; body?: string | URLSearchParams | undefined },
  limits: { maxBytes: number; timeout: number; privateAddressesAllowed: boolean },
) => Promise<Response>;

/** Largest answer of a provider, in bytes, and how long it may take, in ms. */
const LIMITS = { maxBytes: 1024 * 1024, timeout: 10_000 };

/** How long a provider's metadata are believed, in ms. */
const METADATA_LIFETIME = 60 * 60_000;

/** How long somebody may take at the provider's, in ms. */
export const FLOW_LIFETIME = 10 * 60_000;

/** Where the provider sends people back to. */
export const CALLBACK = '/session/oidc/callback';

/** What a provider says of somebody. */
export type OidcPerson = {
  issuer: string;
  subject: string;
  /** In lower case; undefined when it is not given or not verified. */
  email: string | undefined;
  name: string | undefined;
  /** Undefined: they have none, and are not let in. */
  role: Role | undefined;
  /** Whether the role follows from a claim, and is to be taken over each time. */
  hasClaimedRole: boolean;
  /** By name of a project, for each that claims decide about: the role there, undefined for none. */
  projects: ReadonlyMap<string, ProjectRole | undefined>;
};

/** A sign-in that has begun: what the browser keeps until it comes back. All secrets of the flow follow from it, so nothing is stored. */
type Flow = { state: string; nonce: string; verifier: string };

/** Signing in by an identity provider: authorization code flow with PKCE, state and nonce. */
export type OidcClient = {
  /** Begins. @returns where to send the browser, and what it must bring back. Rejects when the provider cannot be asked. */
  begin(config: OidcConfig, api: string): Promise<{ url: string; flow: string }>;
  /**
   * Ends.
   * @param flow what the browser kept.
   * @param query what the provider sent it back with.
   * @throws Error when this is not the answer to that, or the provider does not confirm it.
   */
  finish(config: OidcConfig, api: string, flow: string, query: Readonly<Record<string, string>>): Promise<OidcPerson>;
  /** Where to sign out at the provider's; undefined when it has no such place. */
  logoutUrl(config: OidcConfig): Promise<string | undefined>;
};

/**
 * @param pepper keys the secrets of a flow.
 * @param now Unix ms.
 */
export function createOidcClient(call: CallProvider, pepper: Uint8Array, now: () => number): OidcClient {
  let known: { config: OidcConfig; at: number; found: Promise<Configuration> } | undefined;
  const discover = (config: OidcConfig): Promise<Configuration> => {
    if (known?.config === config && now() - known.at < METADATA_LIFETIME) return known.found;
    const found = discoverProvider(config, call);
    known = { config, at: now(), found };
    // Asked again the next time, not for an hour to come.
    found.catch(() => {
      known = undefined;
    });
    return found;
  };
  const flowOf = (text: string): Flow => ({
    state: toText(digestSecret('oidc-state', text, pepper)),
    nonce: toText(digestSecret('oidc-nonce', text, pepper)),
    verifier: toText(digestSecret('oidc-verifier', text, pepper)),
  });

  return {
    begin: async (config, api) => {
      const { buildAuthorizationUrl, calculatePKCECodeChallenge } = await import('openid-client');
      const provider = await discover(config);
      // The time is part of what the state follows from: nobody can set it anew.
      const flow = `${now()}.${newSecret()}`;
      const { state, nonce, verifier } = flowOf(flow);
      const url = buildAuthorizationUrl(provider, {
        redirect_uri: config.publicUrl + api + CALLBACK,
        scope: config.scopes.join(' '),
        code_challenge: await calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
        nonce,
      });
      return { url: url.href, flow };
    },
    finish: async (config, api, flow, query) => {
      const { authorizationCodeGrant, fetchUserInfo } = await import('openid-client');
      const provider = await discover(config);
      const begunAt = Number(flow.split('.')[0]);
      if (!(now() - begunAt < FLOW_LIFETIME)) throw new Error('this sign-in began too long ago');
      const { state, nonce, verifier } = flowOf(flow);
      const url = new URL(config.publicUrl + api + CALLBACK);
      for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
      const tokens = await authorizationCodeGrant(provider, url, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (claims === undefined) throw new Error('the provider sent no ID token');
      // Many providers tell more there than in the token.
      const hasMore = provider.serverMetadata().userinfo_endpoint !== undefined;
      const more = hasMore ? await fetchUserInfo(provider, tokens.access_token, claims.sub) : {};
      return personOf(config, { ...more, ...claims });
    },
    logoutUrl: async (config) => {
      const { buildEndSessionUrl } = await import('openid-client');
      const provider = await discover(config);
      if (provider.serverMetadata().end_session_endpoint === undefined) return undefined;
      return buildEndSessionUrl(provider, { post_logout_redirect_uri: `${config.publicUrl}/console` }).href;
    },
  };
}

async function discoverProvider(config: OidcConfig, call: CallProvider): Promise<Configuration> {
  const { allowInsecureRequests, ClientSecretBasic, customFetch, discovery, enableNonRepudiationChecks, None } =
    await import('openid-client');
  const { privateAddressesAllowed, clientSecret } = config;
  const guarded: CustomFetch = (url, { method, headers, body }) => {
    const isText = typeof body === 'string' || body instanceof URLSearchParams;
    return call(url, { method, headers, body: isText ? body : undefined }, { ...LIMITS, privateAddressesAllowed });
  };
  const authentication = clientSecret === undefined ? None() : ClientSecretBasic(clientSecret);
  return discovery(new URL(config.issuer), config.clientId, undefined, authentication, {
    [customFetch]: guarded,
    timeout: LIMITS.timeout / 1_000,
    // By itself the library believes what came over TLS; a proxy in between, or plain http inside, is then taken at its word.
    execute: [enableNonRepudiationChecks, ...(privateAddressesAllowed ? [allowInsecureRequests] : [])],
  });
}

/** Who the claims of an ID token speak of. */
export function personOf(
  { roleClaim, roles, projectClaim, projects, defaultRole, trustEmail }: OidcConfig,
  claims: Readonly<Record<string, unknown>> & { iss: string; sub: string },
): OidcPerson {
  const claimed = highest(ROLES, roles, claims[roleClaim]);
  const isVerified = claims['email_verified'] === true || trustEmail;
  return {
    issuer: claims.iss,
    subject: claims.sub,
    email: isVerified ? textOf(claims['email'])?.toLowerCase() : undefined,
    name: textOf(claims['name']) ?? textOf(claims['preferred_username']),
    role: claimed ?? defaultRole,
    hasClaimedRole: [...roles.values()].some((list) => list.length > 0),
    projects: new Map([...projects].map(([name, held]) => [name, highest(PROJECT_ROLES, held, claims[projectClaim])])),
  };
}

/** The highest role that a value of a claim gives. @param roles least first. */
function highest<Held extends Role>(
  roles: readonly Held[],
  given: ReadonlyMap<Held, readonly string[]>,
  claim: unknown,
): Held | undefined {
  const values = new Set([claim ?? []].flat().map(String));
  return roles.findLast((role) => given.get(role)?.some((value) => values.has(value)));
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

function toText(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}
