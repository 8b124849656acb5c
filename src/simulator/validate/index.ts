import type { Operation } from '../../core/dialect.ts';
import type { Json } from '../../core/json.ts';
import { isJsonObject } from '../../core/json.ts';
import type { MessagesRequest } from '../../core/message.ts';
import type { ModelFacts } from '../../core/model.ts';
import type { Turn } from '../conversation.ts';
import { turnsOf } from '../conversation.ts';
import type { MediaIndex } from '../media.ts';
import type { Segment } from '../prompt.ts';
import { promptTokens, segmentsOf } from '../prompt.ts';
import { invalid, RequestRefused } from '../refusal.ts';
import type { SignatureKey } from '../signature.ts';
import { checkBreakpoints } from './caching.ts';
import { checkConversation } from './conversation.ts';
import { checkMedia } from './media.ts';
import { checkModelRules } from './model-rules.ts';
import type { ApiVersion } from './request.ts';
import { checkShapes } from './request.ts';
import { checkSystemTurns } from './system-turns.ts';
import { checkSignatures, checkThinking } from './thinking.ts';
import { checkToolPairs } from './tool-pairs.ts';
import { checkTools } from './tools.ts';

/** What a request is judged by, beside its body. */
type Circumstances = {
  operation: Operation;
  version: ApiVersion;
  /** Values of `anthropic-beta`. */
  betas: readonly string[];
  /** By id and alias. */
  models: ReadonlyMap<string, ModelFacts>;
  key: SignatureKey;
};

/** A request that may be answered, with what was found out while it was checked. */
export type CheckedRequest = {
  request: MessagesRequest;
  model: ModelFacts;
  turns: readonly Turn[];
  media: MediaIndex;
  segments: readonly Segment[];
  promptTokens: number;
};

/**
 * Checks a body as strictly as the real API does (`anthropic-surface.md` §1, §4-§7).
 * @throws RequestRefused 400 naming the field, or 404 for an unknown model.
 */
export function validate(body: Json, { operation, version, betas, models, key }: Circumstances): CheckedRequest {
  refuseThread(body);
  checkShapes(body, operation, version);
  const model = models.get(body.model);
  if (!model) throw new RequestRefused(404, 'not_found_error', `model: ${body.model}`);
  const turns = turnsOf(body);
  checkConversation(body, turns, version);
  checkSystemTurns(turns, model);
  checkTools(body);
  checkToolPairs(turns);
  checkModelRules(body, model, turns);
  checkThinking(body, model, turns, betas);
  checkSignatures(turns, model, key);
  checkContainer(body);
  const media = checkMedia(turns, model);
  const segments = segmentsOf(body, media);
  checkBreakpoints(segments);
  const total = promptTokens(segments);
  if (total > model.maxInputTokens) {
    throw invalid('', `prompt is too long: ${total} tokens > ${model.maxInputTokens} maximum`);
  }
  return { request: body, model, turns, media, segments, promptTokens: total };
}

/** History on the server is not simulated; clients repeat the call without `thread` on exactly this answer (`clients.md` §5.2). */
function refuseThread(body: Json): void {
  if (!isJsonObject(body) || body['thread'] === undefined || body['thread'] === null) return;
  throw invalid('thread', 'message threads are not supported for this request', {
    error_code: 'thread_unsupported_request',
    unsupported: ['thread'],
  });
}

function checkContainer(request: MessagesRequest): void {
  const container = request['container'];
  if (container === undefined || container === null) return;
  const runsCode = (request.tools ?? []).some((tool) => String(tool['type']).startsWith('code_execution'));
  if (!runsCode) throw invalid('container', 'may only be used together with the code_execution tool');
}
