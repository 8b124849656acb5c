import { AddressRefusedError, checkLiteralHost } from './address-guard.ts';
import { OriginPool } from './pool.ts';

/** One message to a receiver that an operator has named. */
export type WebhookPost = {
  url: string;
  /** Lower-case names. */
  headers: Record<string, string>;
  body: string;
  /** For the whole of it, in ms. */
  timeout: number;
  /** Whether it may go to loopback and private addresses (law SSRF). */
  privateAddressesAllowed: boolean;
};

/** What the receiver made of it: its HTTP status, or why there is none. */
export type WebhookAnswer = { status: number } | { problem: string };

/**
 * Posts a message. Redirects are not followed: a receiver could lead us where the operator did not want us. Never rejects. Its
 * connection ends with it, as messages are rare.
 */
export async function postWebhook(post: WebhookPost): Promise<WebhookAnswer> {
  const { timeout, privateAddressesAllowed } = post;
  const url = new URL(post.url);
  const signal = AbortSignal.timeout(timeout);
  const pool = new OriginPool(url.origin, timeout, privateAddressesAllowed);
  try {
    checkLiteralHost(url.hostname, privateAddressesAllowed);
    const { headers, body } = post;
    const path = url.pathname + url.search;
    const answer = await pool.request({ method: 'POST', path, headers, body, signal });
    return { status: answer.status };
  } catch (error) {
    return { problem: signal.aborted ? 'did not answer in time' : problemOf(error) };
  } finally {
    // Also ends an answer that nobody reads.
    await pool.destroy();
  }
}

function problemOf(error: unknown): string {
  if (error instanceof AddressRefusedError) return 'is at an address that is not allowed';
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
  return `could not be reached (${code})`;
}
