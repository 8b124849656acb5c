import type { JsonObject } from '../../core/json.ts';
import type { Message } from '../../core/message.ts';
import type { InputCharge } from '../prompt-cache.ts';
import type { CheckedRequest } from '../validate/index.ts';
import type { Draft } from './compose.ts';

/** A whole answer as the API shapes it: every key present, `null` where unused (`anthropic-surface.md` §8). */
export function toMessage(id: string, { request }: CheckedRequest, draft: Draft, charge: InputCharge): Message {
  return {
    id,
    type: 'message',
    role: 'assistant',
    model: request.model,
    content: draft.content,
    stop_reason: draft.stopReason,
    stop_sequence: draft.stopSequence,
    stop_details: null,
    container: null,
    diagnostics: null,
    usage: toUsage(request, draft, charge),
    ...(hasContextManagement(request) && { context_management: { applied_edits: [] } }),
  };
}

function toUsage(request: JsonObject, draft: Draft, charge: InputCharge): JsonObject {
  return {
    input_tokens: charge.fresh,
    cache_creation_input_tokens: charge.write5m + charge.write1h,
    cache_read_input_tokens: charge.read,
    cache_creation: { ephemeral_5m_input_tokens: charge.write5m, ephemeral_1h_input_tokens: charge.write1h },
    output_tokens: draft.outputTokens,
    output_tokens_details: { thinking_tokens: draft.thinkingTokens },
    server_tool_use: null,
    service_tier: 'standard',
    inference_geo: request['inference_geo'] ?? null,
    speed: request['speed'] ?? 'standard',
  };
}

function hasContextManagement(request: JsonObject): boolean {
  return request['context_management'] !== undefined && request['context_management'] !== null;
}
