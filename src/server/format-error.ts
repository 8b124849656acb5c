import type { IncomingMessage } from 'node:http';
import type { WireResponse } from '../core/dialect.ts';
import type { ErrorKind, GatewayError } from '../core/error.ts';
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
  return withSource(error, OPENAI_PATHS.test(path) ? formatOpenAiError(error) : formatAnthropicError(error, requestId));
}

/** An error for a caller of whom no path is known. */
export function formatErrorForAnyone(error: GatewayError, requestId: string): WireResponse {
  return withSource(error, formatAnthropicError(error, requestId));
}

function formatAnthropicError(error: GatewayError, requestId: string): WireResponse {
  return DIALECTS['anthropic-messages'].server.formatError(error, requestId);
}

/** Kinds that say something of an upstream's answer, whether or not the answer itself is at hand. */
const UPSTREAM_KINDS: ReadonlySet<ErrorKind> = new Set(['bad_upstream', 'upstream_auth', 'upstream_error']);

/** Tells who failed: `upstream` when one answered, and wrongly or with a refusal; else `gateway` (`reliability.md` U1). */
function withSource(error: GatewayError, answer: WireResponse): WireResponse {
  const isOfUpstream = error.upstream !== undefined || UPSTREAM_KINDS.has(error.kind);
  const source = isOfUpstream ? 'upstream' : 'gateway';
  return { ...answer, headers: { ...answer.headers, 'x-gateway-error-source': source } };
}
