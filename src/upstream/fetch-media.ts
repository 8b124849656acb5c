import { GatewayError } from '../core/error.ts';
import { AddressRefusedError, checkLiteralHost } from './address-guard.ts';
import { OriginPool } from './pool.ts';

/** A file behind a URL, as it was fetched. */
export type FetchedMedia = { mediaType: string; bytes: Uint8Array };

/** How far a fetch may go. */
export type MediaLimits = {
  /** Largest file, in bytes. */
  maxBytes: number;
  /** For the whole of it, redirects included, in ms. */
  timeout: number;
  /** Whether private and loopback addresses may be fetched from (law SSRF). */
  privateAddressesAllowed: boolean;
};

/** Fetches what a request names by URL, for upstreams that take no URLs. */
export type MediaFetcher = {
  /**
   * @param gone ends the fetch: nobody waits for the file any more.
   * @throws GatewayError `invalid_request` that says what is wrong with the address or the file behind it.
   */
  fetch(url: string, limits: MediaLimits, gone: AbortSignal): Promise<FetchedMedia>;
};

const MAX_REDIRECTS = 3;
const CONNECT_TIMEOUT = 5_000;

/** What models can look at (`anthropic-surface.md` §5). */
const MEDIA_TYPES = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp', 'application/pdf']);

/** Makes the fetcher: every address is checked at connect time, after each redirect anew. */
export function createMediaFetcher(): MediaFetcher {
  return {
    fetch: async (url, limits, gone) => {
      const late = AbortSignal.timeout(limits.timeout);
      try {
        return await follow(url, limits, AbortSignal.any([late, gone]), MAX_REDIRECTS);
      } catch (cause) {
        if (cause instanceof GatewayError) throw cause;
        if (gone.aborted) throw new GatewayError('aborted', 'The client closed the connection', { cause });
        throw refusal(late.aborted ? 'did not answer in time' : problemOf(cause), cause);
      }
    },
  };
}

async function follow(
  address: string,
  limits: MediaLimits,
  signal: AbortSignal,
  redirects: number,
): Promise<FetchedMedia> {
  const url = readAddress(address);
  checkLiteralHost(url.hostname, limits.privateAddressesAllowed);
  const pool = new OriginPool(url.origin, CONNECT_TIMEOUT, limits.privateAddressesAllowed);
  try {
    const headers = { accept: [...MEDIA_TYPES].join(', '), 'accept-encoding': 'identity', 'user-agent': 'ezmodel' };
    const answer = await pool.request({ method: 'GET', path: url.pathname + url.search, headers, signal });
    const { location } = answer.headers;
    if (answer.status >= 300 && answer.status < 400 && typeof location === 'string') {
      if (redirects === 0) throw refusal('redirects too often');
      return await follow(new URL(location, url).href, limits, signal, redirects - 1);
    }
    if (answer.status !== 200) throw refusal(`answered with HTTP ${answer.status}`);
    return {
      mediaType: mediaTypeOf(answer.headers['content-type']),
      bytes: await readAll(answer.body, limits.maxBytes),
    };
  } finally {
    // Also ends what a redirect or a refusal left unread.
    await pool.destroy();
  }
}

function readAddress(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) throw refusal('is no http or https address');
  if (url.username !== '' || url.password !== '') throw refusal('must not hold a user or password');
  return url;
}

function mediaTypeOf(header: string | string[] | undefined): string {
  const mediaType = `${header ?? ''}`.split(';')[0]?.trim().toLowerCase() ?? '';
  if (!MEDIA_TYPES.has(mediaType))
    throw refusal(`is neither an image nor a PDF (content type ${mediaType || 'missing'})`);
  return mediaType;
}

async function readAll(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) throw refusal(`is larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function problemOf(cause: unknown): string {
  return cause instanceof AddressRefusedError
    ? 'is at a private address, which is not allowed'
    : 'could not be fetched';
}

/** The caller knows which field the URL stood in, and puts it in front. */
function refusal(problem: string, cause?: unknown): GatewayError {
  return new GatewayError('invalid_request', `the file at this URL ${problem}`, { cause });
}
