import type { FormattedRequest, TargetContext } from '../../core/dialect.ts';
import type { JsonObject } from '../../core/json.ts';
import type { MessagesRequest } from '../../core/message.ts';
import type { PlainOutput } from '../../core/plain-request.ts';
import {
  defined,
  effortFields,
  type Formatting,
  formatPlainly,
  pick,
  reportSummary,
  type Spelled,
} from '../shared/write-request/formatting.ts';
import { formatMessages } from './format-messages.ts';
import { formatTools } from './format-tools.ts';

/**
 * The body of `POST /v1/chat/completions` for an upstream, by its quirks (`translation.md` §1-§6).
 * @throws GatewayError `invalid_request` naming the field that this upstream cannot take.
 */
export function formatRequest(request: MessagesRequest, target: TargetContext): FormattedRequest {
  return formatPlainly(request, target, spell);
}

/** What the formatter passes on as it came. */
const EXTRAS = [
  'seed',
  'frequency_penalty',
  'presence_penalty',
  'logit_bias',
  'prediction',
  'verbosity',
  'prompt_cache_key',
  'prompt_cache_retention',
  'metadata',
  'store',
];

function spell(formatting: Formatting): Spelled {
  const { plain, quirks } = formatting;
  const takesStops = quirks.stopSequences > 0;
  reportSummary(formatting);
  const body = defined({
    model: plain.model,
    messages: formatMessages(formatting),
    ...formatTools(formatting),
    [quirks.maxTokensField]: plain.maxTokens,
    ...streamFields(formatting),
    temperature: plain.temperature,
    top_p: plain.topP,
    top_k: plain.topK,
    stop: takesStops && plain.stopSequences.length > 0 ? plain.stopSequences : undefined,
    ...effortFields(quirks.effortKnob, plain.effort),
    response_format: plain.output && responseFormat(plain.output),
    ...(quirks.userField && { [quirks.userField]: plain.userId }),
    service_tier: plain.serviceTier,
    ...pick(plain.extra, EXTRAS),
  });
  return { body, emulatedStops: takesStops ? [] : plain.stopSequences };
}

/** Usage is always asked for: without it nobody knows what to bill (P97: where the upstream takes that). */
function streamFields({ plain, quirks }: Formatting): JsonObject {
  if (!plain.stream) return {};
  return { stream: true, ...(quirks.streamOptions && { stream_options: { include_usage: true } }) };
}

function responseFormat(output: PlainOutput): JsonObject {
  if (output.type === 'json_object') return { type: 'json_object' };
  const { name, description, schema, strict } = output;
  return { type: 'json_schema', json_schema: defined({ name, description, schema, strict }) };
}
