import type { IncomingMessage } from 'node:http';
import type { WireResponse } from '../core/dialect.ts';
import type { GatewayError } from '../core/error.ts';
import { DIALECTS } from '../dialects/index.ts';
import { formatError as formatOpenAiError } from '../dialects/openai-chat/error.ts';

/** Paths that only OpenAI's clients ask for. */
const OPENAI_PATHS = /^\/v1\/(?:chat|completions|responses|embeddings|images|audio|moderations)(?:[/?]|$)/;

/**
 * An error in the shape that this caller reads. On paths that both APIs have it is Anthropic's, whose `error.message` and
 * `error.type` stand where OpenAI's clients look for them too.
 */
export function formatErrorFor({ url = '' }: IncomingMessage, error: GatewayError, requestId: string): WireResponse {
  const path = url.startsWith('/v1/v1/') ? url.slice(3) : url;
  if (OPENAI_PATHS.test(path)) return formatOpenAiError(error);
  return DIALECTS['anthropic-messages'].server.formatError(error, requestId);
}
