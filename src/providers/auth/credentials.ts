import type { AuthKind } from '../../core/provider.ts';

/** The headers that carry a credential, by the way a provider takes it. */
export function credentialHeaders(kind: AuthKind, apiKey: string | undefined): Record<string, string> {
  if (apiKey === undefined) return {};
  switch (kind) {
    case 'x-api-key':
      return { 'x-api-key': apiKey };
    case 'bearer':
      return { authorization: `Bearer ${apiKey}` };
    case 'none':
      return {};
    default:
      return kind satisfies never;
  }
}
