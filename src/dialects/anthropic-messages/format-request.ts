import type { FormattedRequest, Reading, TargetContext } from '../../core/dialect.ts';
import type { JsonObject } from '../../core/json.ts';
import type { MessagesRequest } from '../../core/message.ts';
import { reportUnknown } from '../shared/fields.ts';
import { limitBreakpoints } from './cache-marks.ts';
import { judgeExtra } from './format-extra.ts';
import {
  fieldsFor,
  formatOutput,
  formatSampling,
  formatStops,
  formatTier,
  formatUser,
  jsonInstruction,
} from './format-settings.ts';
import { planThinking } from './format-thinking.ts';
import { formatToolChoice, formatTools } from './format-tools.ts';
import { formatTurns } from './format-turns.ts';
import { newFormatting } from './formatting.ts';
import { writeRequest } from './write-json.ts';

/** Headers of every call that we form ourselves: the version whose models still take sampling (`clients.md` §5.1). */
export const MESSAGES_HEADERS: Readonly<Record<string, string>> = { 'anthropic-version': '2023-06-01' };

/** The fields of a canonical request that a client of another dialect can give. */
const FORMATTED: ReadonlySet<string> = new Set([
  'model',
  'max_tokens',
  'messages',
  'system',
  'stream',
  'stop_sequences',
  'tools',
  'tool_choice',
  'thinking',
  'metadata',
  'output_config',
  'temperature',
  'top_p',
  'top_k',
  'service_tier',
  'extra',
]);

/**
 * A body that the Messages API accepts, from the request of a client that speaks another dialect. The same request always
 * becomes the same bytes, and a longer conversation begins with those of the shorter one: prompt caches and signatures of
 * thinking hang on it (`translation.md` §6).
 * @throws GatewayError `invalid_request` naming the field that the API, or this model, cannot take.
 */
export function formatRequest(request: MessagesRequest, target: TargetContext): FormattedRequest {
  const formatting = newFormatting(target);
  judgeExtra(request, formatting);
  reportUnknown(request, FORMATTED, '', formatting.losses.report);
  const tools = formatTools(request, formatting);
  const { system, turns } = formatTurns(request, formatting);
  limitBreakpoints(formatting);
  const instruction = jsonInstruction(request, formatting);
  if (instruction !== undefined) system.push({ type: 'text', text: instruction });
  const plan = planThinking(request, turns, formatting);
  const { thinking } = plan;
  const isThinking = thinking !== undefined && thinking['type'] !== 'disabled';
  const toolChoice = tools.length > 0 ? formatToolChoice(request, isThinking, formatting) : undefined;
  const body: JsonObject = {
    model: target.model,
    max_tokens: plan.maxTokens,
    ...(request.stream === true && { stream: true }),
    ...(tools.length > 0 && { tools }),
    ...(toolChoice && { tool_choice: toolChoice }),
    ...(system.length > 0 && { system }),
    messages: turns,
    ...(thinking && { thinking }),
    ...formatOutput(request, plan, formatting),
    ...formatSampling(request, isThinking, formatting),
    ...formatStops(request, formatting),
    ...formatUser(request, formatting),
    ...formatTier(request, formatting),
  };
  return {
    body: writeRequest(fieldsFor(target.operation, body), formatting.inputs),
    losses: formatting.losses.all,
    reading: readingOf(target, formatting.names.changed()),
  };
}

/** The API takes stop sequences and says its usage first: nothing of that has to be made up. */
function readingOf(target: TargetContext, toolNames: ReadonlyMap<string, string>): Reading {
  const { model, provider, quirks, tools, report } = target;
  return { model, provider, quirks, tools, toolNames, emulatedStops: [], estimatedInput: 0, report };
}
