import type { IncomingMessage } from 'node:http';
import type { WireResponse } from '../core/dialect.ts';
import type { GatewayError } from '../core/error.ts';
import { DIALECTS } from '../dialects/index.ts';
import { formatError as formatOpenAiError } from '../dialects/openai-chat/error.ts';

/** Paths that only OpenAI's clients ask for. */
const OPENAI_PATHS = /^\/v1\/(?:chat|completions|responses|embeddings|images|audio|moderations)(?:[/?]|$)/;

/** An error in the shape that this caller reads: by path, and on paths that both APIs have, by header (`translation.md` §0.6). */
export function formatErrorFor(request: IncomingMessage, error: GatewayError, requestId: string): WireResponse {
  return isOpenAiClient(request)
    ? formatOpenAiError(error)
    : DIALECTS['anthropic-messages'].server.formatError(error, requestId);
}

/** Whether a request comes from a client of OpenAI's API. */
export function isOpenAiClient({ url = '', headers }: IncomingMessage): boolean {
  const path = url.startsWith('/v1/v1/') ? url.slice(3) : url;
  if (OPENAI_PATHS.test(path)) return true;
  return /^\/v1\/models(?:[/?]|$)/.test(path) && headers['anthropic-version'] === undefined;
}
