import type { FormattedRequest, TargetContext } from '../../../core/dialect.ts';
import type { JsonObject } from '../../../core/json.ts';
import type { Loss } from '../../../core/loss.ts';
import type { MessagesRequest } from '../../../core/message.ts';
import type { PlainRequest } from '../../../core/plain-request.ts';
import type { EffortKnob, Quirks } from '../../../core/quirks.ts';
import { refuse } from '../fields.ts';
import { LossList } from '../loss-list.ts';
import { toPlainRequest } from '../reduce/plain-request.ts';

/** What the formatter of an OpenAI dialect writes a body from. */
export type Formatting = { plain: PlainRequest; request: MessagesRequest; quirks: Quirks; losses: LossList };

/** A body, and the stop sequences that it does not tell the upstream. */
export type Spelled = { body: JsonObject; emulatedStops: readonly string[] };

/**
 * Reduces a request to what the target can be told, and has it spelled. The same request always gives the same bytes.
 * @throws GatewayError `invalid_request` naming the field that the target cannot be told.
 */
export function formatPlainly(
  request: MessagesRequest,
  target: TargetContext,
  spell: (formatting: Formatting) => Spelled,
): FormattedRequest {
  const { plain, losses: reduced, toolNames } = toPlainRequest(request, target);
  const losses = new LossList();
  for (const loss of reduced) losses.report(loss);
  refuseSeveralAnswers(plain.extra);
  const { body, emulatedStops } = spell({ plain, request, quirks: target.quirks, losses });
  if (emulatedStops.length > 0) losses.add('stop_emulated', 'stop_sequences');
  const { model, provider, quirks, tools, report } = target;
  const reading = { model, provider, quirks, tools, toolNames, emulatedStops, estimatedInput: 0, report };
  const all: Loss[] = losses.all;
  return { body: Buffer.from(JSON.stringify(body)), losses: all, reading };
}

/** A canonical answer has one choice, and no place for token probabilities (`translation.md` §1). */
const UNCARRIED = ['n', 'logprobs', 'top_logprobs'];

function refuseSeveralAnswers(extra: JsonObject): void {
  const field = UNCARRIED.find((key) => extra[key] !== undefined);
  if (field !== undefined) refuse(field, 'not supported by this model');
}

/** The fields of `extra` that are there, in this order. */
export function pick(extra: JsonObject, fields: readonly string[]): JsonObject {
  const kept: JsonObject = {};
  for (const field of fields) {
    const value = extra[field];
    if (value !== undefined) kept[field] = value;
  }
  return kept;
}

/** What the caller wanted to be told of the reasoning: lost where the target has no such setting. */
export function reportSummary({ request, losses }: Formatting): void {
  const wanted = request.extra?.['reasoning_summary'];
  if (wanted !== undefined && wanted !== null) losses.add('reasoning_summary_dropped', 'reasoning.summary');
}

/** How each knob is turned in Chat: exactly one field (P39). `none` is thinking switched off. */
const KNOBS: Readonly<Record<EffortKnob, (effort: string) => JsonObject>> = {
  effort: (effort) => ({ reasoning_effort: effort }),
  reasoning_object: (effort) => ({ reasoning: { effort } }),
  enable_thinking: (effort) => ({ enable_thinking: effort !== 'none' }),
  thinking_object: (effort) => ({ thinking: { type: effort === 'none' ? 'disabled' : 'enabled' } }),
  thinking_or_effort: (effort) =>
    effort === 'none' ? { thinking: { type: 'disabled' } } : { reasoning_effort: effort },
  chat_template: (effort) => ({ chat_template_kwargs: { enable_thinking: effort !== 'none' } }),
  none: () => ({}),
};

/** The fields that tell an upstream how hard to think; none where nothing is said. */
export function effortFields(knob: EffortKnob, effort: string | undefined): JsonObject {
  return effort === undefined ? {} : KNOBS[knob](effort);
}

/** An object without what is undefined. */
export function defined(fields: { [key: string]: JsonObject[string] | undefined }): JsonObject {
  const kept: JsonObject = {};
  for (const [key, value] of Object.entries(fields)) {
    if (value !== undefined) kept[key] = value;
  }
  return kept;
}
