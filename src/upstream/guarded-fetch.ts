import { AddressRefusedError, checkLiteralHost } from './address-guard.ts';
import { OriginPool } from './pool.ts';

/** How far a call may go. */
export type FetchLimits = {
  /** Largest answer, in bytes. */
  maxBytes: number;
  /** For the whole of it, in ms. */
  timeout: number;
  /** Whether private and loopback addresses may be called (law SSRF). */
  privateAddressesAllowed: boolean;
};

/** What is asked; a part of what `fetch` takes. */
export type FetchInit = {
  method: string;
  headers: Readonly<Record<string, string>>;
  body?: string | URLSearchParams | undefined;
};

/** A call in the manner of `fetch` under these limits. Rejects with an Error that says what is in the way. */
export type GuardedFetch = (url: string, init: FetchInit, limits: FetchLimits) => Promise<Response>;

/**
 * For libraries that speak to servers which an operator has named: every address is checked at connect time, and redirects are given
 * back, not followed. Calls are rare, so each has a connection of its own.
 */
export const guardedFetch: GuardedFetch = async (address, init, limits) => {
  const url = new URL(address);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new Error(`${url.protocol} is not called`);
  const signal = AbortSignal.timeout(limits.timeout);
  checkLiteralHost(url.hostname, limits.privateAddressesAllowed);
  const pool = new OriginPool(url.origin, limits.timeout, limits.privateAddressesAllowed);
  try {
    const answer = await pool.request({
      method: init.method === 'POST' ? 'POST' : 'GET',
      path: url.pathname + url.search,
      headers: { ...init.headers, 'accept-encoding': 'identity' },
      body: init.body === undefined ? null : String(init.body),
      signal,
    });
    const bytes = await readAll(answer.body, limits.maxBytes);
    const headers = new Headers();
    for (const [name, value] of Object.entries(answer.headers)) {
      for (const each of [value ?? []].flat()) headers.append(name, each);
    }
    const hasBody = ![204, 205, 304].includes(answer.status);
    return new Response(hasBody ? bytes : null, { status: answer.status, headers });
  } catch (cause) {
    if (cause instanceof AddressRefusedError) throw cause;
    throw new Error(signal.aborted ? `${url.host} did not answer in time` : `${url.host} could not be asked`, {
      cause,
    });
  } finally {
    await pool.destroy();
  }
};

async function readAll(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) throw new Error(`the answer is larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
