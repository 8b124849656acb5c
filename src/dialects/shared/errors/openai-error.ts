import type { DialectId, WireResponse } from '../../../core/dialect.ts';
import type { GatewayError } from '../../../core/error.ts';
import type { JsonObject } from '../../../core/json.ts';
import { CONTEXT_LENGTH_CODE, isContextLengthError } from './context-length.ts';
import { errorHeaders } from './refusal.ts';

/** How OpenAI's APIs say an HTTP status of ours (`translation.md` §12). */
type ErrorForm = { status: number; type: string; code: string | null };

const INVALID = 'invalid_request_error';

/** By our status; one without a row goes out as it is, as an `invalid_request_error` or `server_error`. */
const FORMS: Readonly<Record<number, ErrorForm>> = {
  401: { status: 401, type: INVALID, code: 'invalid_api_key' },
  402: { status: 429, type: 'insufficient_quota', code: 'insufficient_quota' },
  408: { status: 408, type: 'server_error', code: null },
  429: { status: 429, type: 'rate_limit_error', code: 'rate_limit_exceeded' },
  529: { status: 503, type: 'server_error', code: 'overloaded' },
};

/** Dialects whose clients read OpenAI's error shape: a body of one may be shown to clients of the other. */
const OPENAI_DIALECTS: ReadonlySet<string> = new Set<DialectId>(['openai-chat', 'openai-responses']);

/** The error as a whole answer: an upstream's own body keeps its bytes and its status (law Relay). */
export function formatError(error: GatewayError): WireResponse {
  const headers = errorHeaders(error);
  const { upstream } = error;
  if (upstream?.body && OPENAI_DIALECTS.has(upstream.dialect ?? '')) {
    return { status: upstream.status, headers, body: upstream.body };
  }
  const body = Buffer.from(JSON.stringify({ error: openAiErrorObject(error) }));
  return { status: formOf(error).status, headers, body };
}

/** The `error` object that both of OpenAI's APIs answer with. */
export function openAiErrorObject(error: GatewayError): JsonObject & { message: string; code: string | null } {
  const { type } = formOf(error);
  return { message: error.message, type, param: error.field ?? null, code: codeOf(error) };
}

function formOf({ status }: GatewayError): ErrorForm {
  return FORMS[status] ?? { status, type: status < 500 ? INVALID : 'server_error', code: null };
}

/** Clients act on these codes: a full budget must read as `insufficient_quota`, whatever we call it ourselves. */
function codeOf(error: GatewayError): string | null {
  const { kind, code, field, message } = error;
  if (kind === 'billing') return formOf(error).code;
  if (kind === 'not_found' && field === 'model') return 'model_not_found';
  if (kind === 'invalid_request' && isContextLengthError([code], message)) return CONTEXT_LENGTH_CODE;
  return code ?? formOf(error).code;
}
