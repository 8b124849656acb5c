import { checkLiteralHost } from '../upstream/address-guard.ts';

/**
 * Whether a channel may have this base URL: a host that is written as an address, or names this machine, is looked at here; other
 * names are when they are connected to (law SSRF).
 */
export function isBaseUrlAllowed(baseUrl: string, privateAllowed: boolean): boolean {
  const { hostname } = new URL(baseUrl);
  if (hostname === 'localhost' || hostname.endsWith('.localhost')) return privateAllowed;
  try {
    checkLiteralHost(hostname, privateAllowed);
    return true;
  } catch {
    return false;
  }
}
