import type { Operation } from '../core/dialect.ts';
import type { Provider } from '../core/provider.ts';
import { joinAddress } from '../providers/address.ts';
import { credentialHeaders } from '../providers/auth/credentials.ts';
import type { Target } from '../routing/resolve.ts';
import type { UpstreamCall } from '../upstream/send.ts';
import type { ClientCall } from './call.ts';
import { isNamed } from './header-names.ts';
import type { Passage } from './passage.ts';
import type { TargetEndpoint } from './target-endpoint.ts';

/** Client headers that mean the same to every upstream, and go there even when the dialect changes. */
const NEUTRAL_HEADERS = ['traceparent', 'tracestate'];

/** What a call to an upstream is made of. */
export type CallParts = {
  headers: ClientCall['headers'];
  operation: Operation;
  target: Target;
  endpoint: TargetEndpoint;
  passage: Pick<Passage, 'upstream' | 'body' | 'isRelay'>;
  signal: AbortSignal;
};

/**
 * The call that a target gets: the passage's body, the client's headers as far as the provider knows them (all others stay
 * here), and the target's credential in place of the client's.
 */
export function buildUpstreamCall(parts: CallParts): UpstreamCall {
  const { target, endpoint, passage, signal } = parts;
  const { channel, credential } = target;
  const { provider } = endpoint;
  const forwarded = passage.isRelay ? provider.forwardHeaders : NEUTRAL_HEADERS;
  return {
    channel,
    transport: provider.transport,
    url: new URL(joinAddress(channel.baseUrl, pathOf(parts), channel.endpoints ?? provider.endpoints)),
    headers: {
      ...(!passage.isRelay && passage.upstream.client.headers),
      ...forwardedHeaders(forwarded, parts.headers),
      'content-type': 'application/json',
      accept: 'application/json',
      'accept-encoding': 'identity',
      ...credentialHeaders(provider.auth, credential.apiKey),
    },
    body: passage.body,
    signal,
  };
}

function pathOf({ endpoint: { endpoint }, operation }: CallParts): string {
  return operation === 'generate' ? endpoint.generatePath : (endpoint.countTokensPath ?? endpoint.generatePath);
}

function forwardedHeaders(
  forwarded: Provider['forwardHeaders'],
  headers: ClientCall['headers'],
): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && isNamed(name, forwarded)) {
      kept[name] = Array.isArray(value) ? value.join(', ') : value;
    }
  }
  return kept;
}
