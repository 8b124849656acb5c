import type { Operation } from '../core/dialect.ts';
import { GatewayError } from '../core/error.ts';
import type { Provider } from '../core/provider.ts';
import { credentialHeaders } from '../providers/auth/credentials.ts';
import { providerById } from '../providers/index.ts';
import type { Target } from '../routing/resolve.ts';
import type { UpstreamCall } from '../upstream/send.ts';
import type { ClientCall } from './call.ts';

/** What of a client's call goes upstream. */
export type CallSource = Pick<ClientCall, 'dialect' | 'operation' | 'headers' | 'body'>;

/**
 * The call that a target gets: the client's bytes with only the model's name changed where the target has its own
 * (law Relay), the headers that the provider knows, and the channel's credential in place of the client's.
 * @throws GatewayError `invalid_request` when the provider does not serve the dialect.
 */
export function buildUpstreamCall(
  call: CallSource,
  target: Target,
  publicModel: string,
  signal: AbortSignal,
): UpstreamCall {
  const { channel, upstreamModel } = target;
  const provider = providerById(channel.provider);
  const { relay } = call.dialect;
  return {
    channel,
    transport: provider.transport,
    url: endpointUrl(provider, channel.baseUrl, call),
    headers: {
      ...forwardedHeaders(provider, call.headers),
      'content-type': 'application/json',
      accept: 'application/json',
      'accept-encoding': 'identity',
      ...credentialHeaders(provider.auth, channel.apiKey),
    },
    body:
      upstreamModel === publicModel ? call.body : relay.splice(call.body, [{ path: ['model'], value: upstreamModel }]),
    signal,
  };
}

const PATHS = { generate: 'generatePath', count_tokens: 'countTokensPath' } as const satisfies Record<
  Operation,
  string
>;

function endpointUrl(provider: Provider, baseUrl: string, call: CallSource): URL {
  const endpoint = provider.endpoints[call.dialect.id];
  if (!endpoint) throw new GatewayError('invalid_request', `model: ${provider.name} does not serve this API`);
  return new URL(`${baseUrl}${endpoint[PATHS[call.operation]]}`);
}

function forwardedHeaders(provider: Provider, headers: ClientCall['headers']): Record<string, string> {
  const forwarded: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && isForwarded(provider, name)) {
      forwarded[name] = Array.isArray(value) ? value.join(', ') : value;
    }
  }
  return forwarded;
}

function isForwarded(provider: Provider, name: string): boolean {
  return provider.forwardHeaders.some((entry) =>
    entry.endsWith('*') ? name.startsWith(entry.slice(0, -1)) : name === entry,
  );
}
