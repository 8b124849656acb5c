import type { IncomingMessage } from 'node:http';
import type { WireResponse } from '../core/dialect.ts';
import type { ErrorKind, GatewayError } from '../core/error.ts';
import { DIALECTS } from '../dialects/index.ts';
import { formatError as formatOpenAiError } from '../dialects/openai-chat/error.ts';
import { isOpenAiCaller } from './caller.ts';

/** An error in the shape that this caller reads. */
export function formatErrorFor(request: IncomingMessage, error: GatewayError, requestId: string): WireResponse {
  return withSource(error, isOpenAiCaller(request) ? formatOpenAiError(error) : formatAnthropicError(error, requestId));
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
