import type { AuthKind } from '../../core/provider.ts';

const HEADERS: Readonly<Record<AuthKind, (apiKey: string) => Record<string, string>>> = {
  'x-api-key': (apiKey) => ({ 'x-api-key': apiKey }),
  'api-key': (apiKey) => ({ 'api-key': apiKey }),
  bearer: (apiKey) => ({ authorization: `Bearer ${apiKey}` }),
  none: () => ({}),
};

/** The headers that carry a channel's credential; none without one. */
export function credentialHeaders(auth: AuthKind, apiKey: string | undefined): Record<string, string> {
  return apiKey === undefined ? {} : HEADERS[auth](apiKey);
}
