import type { FormattedRequest, TargetContext } from '../../core/dialect.ts';
import { isJsonObject, type JsonObject, stringAt } from '../../core/json.ts';
import type { MessagesRequest } from '../../core/message.ts';
import type { PlainOutput, PlainTool } from '../../core/plain-request.ts';
import type { EffortKnob } from '../../core/quirks.ts';
import { refuse } from '../shared/fields.ts';
import {
  defined,
  effortFields,
  type Formatting,
  formatPlainly,
  pick,
  reportSummary,
  type Spelled,
} from '../shared/write-request/formatting.ts';
import { formatToolChoice } from '../shared/write-request/tool-choice.ts';
import { formatInput } from './format-input.ts';

/** The least `max_output_tokens` (`translation.md` §1). */
const LEAST_OUTPUT_TOKENS = 16;

/**
 * The body of `POST /v1/responses` for an upstream, by its quirks, or of `/v1/responses/input_tokens` when only the size of
 * the prompt is asked (`translation.md` §1-§6).
 * @throws GatewayError `invalid_request` naming the field that this upstream cannot take.
 */
export function formatRequest(request: MessagesRequest, target: TargetContext): FormattedRequest {
  return formatPlainly(request, target, (formatting) => {
    const prompt = spellPrompt(formatting);
    if (target.operation === 'count_tokens') return { body: prompt, emulatedStops: [] };
    return spell(prompt, formatting);
  });
}

/** What the model is given: all that counts as input. */
function spellPrompt(formatting: Formatting): JsonObject {
  const { plain, quirks } = formatting;
  return defined({
    model: plain.model,
    ...formatInput(formatting),
    ...toolFields(formatting),
    text: textField(plain.output, stringAt(plain.extra, 'verbosity')),
    ...reasoningFields(formatting),
    ...(quirks.encryptedReasoning && { include: ['reasoning.encrypted_content'] }),
  });
}

/** What Responses passes on as it came. */
const EXTRAS = ['prompt_cache_key', 'prompt_cache_retention', 'metadata'];

function spell(prompt: JsonObject, formatting: Formatting): Spelled {
  const { plain, quirks } = formatting;
  reportExtras(formatting);
  const body = defined({
    ...prompt,
    max_output_tokens: outputLimit(formatting),
    ...(plain.stream && { stream: true }),
    temperature: plain.temperature,
    top_p: plain.topP,
    top_k: plain.topK,
    // Said always: keeping is the default there, and nobody could ask for what is kept (`translation.md` §1).
    store: false,
    ...(quirks.userField && { [quirks.userField]: plain.userId }),
    service_tier: plain.serviceTier,
    ...pick(plain.extra, EXTRAS),
  });
  return { body, emulatedStops: plain.stopSequences };
}

/** What Chat has and Responses has not. */
function reportExtras({ plain, losses }: Formatting): void {
  const { extra } = plain;
  if (extra['logit_bias'] !== undefined) refuse('logit_bias', 'not supported by this model');
  if (extra['store'] === true) losses.add('store_dropped', 'store');
  if (extra['seed'] !== undefined) losses.add('seed_dropped', 'seed');
  if (extra['prediction'] !== undefined) losses.add('prediction_dropped', 'prediction');
  for (const penalty of ['frequency_penalty', 'presence_penalty']) {
    if (extra[penalty] !== undefined) losses.add('penalty_dropped', penalty);
  }
}

function outputLimit({ plain, losses }: Formatting): number | undefined {
  const { maxTokens } = plain;
  if (maxTokens === undefined || maxTokens >= LEAST_OUTPUT_TOKENS) return maxTokens;
  losses.add('max_tokens_raised', 'max_tokens');
  return LEAST_OUTPUT_TOKENS;
}

/** The knobs that Responses has as `reasoning.effort`, whatever they are in Chat. */
const REASONING_KNOBS: ReadonlySet<EffortKnob> = new Set(['effort', 'reasoning_object', 'thinking_or_effort']);

/** One object holds effort and summary, where the upstream's models reason at all. */
function reasoningFields(formatting: Formatting): JsonObject {
  const { plain, quirks } = formatting;
  const summary = stringAt(plain.extra, 'reasoning_summary');
  if (!REASONING_KNOBS.has(quirks.effortKnob)) {
    reportSummary(formatting);
    return effortFields(quirks.effortKnob, plain.effort);
  }
  const reasoning = defined({ effort: plain.effort, summary });
  return Object.keys(reasoning).length === 0 ? {} : { reasoning };
}

function textField(output: PlainOutput | undefined, verbosity: string | undefined): JsonObject | undefined {
  const text = defined({ format: output && textFormat(output), verbosity });
  return Object.keys(text).length === 0 ? undefined : text;
}

function textFormat(output: PlainOutput): JsonObject {
  if (output.type === 'json_object') return { type: 'json_object' };
  const { name, description, schema, strict } = output;
  return defined({ type: 'json_schema', name, description, schema, strict });
}

/** `tools` and how they may be called; nothing at all without tools (P77). */
function toolFields({ plain }: Formatting): JsonObject {
  const { tools, toolChoice, parallelToolCalls } = plain;
  if (tools.length === 0) return {};
  return defined({
    tools: tools.map(formatTool),
    tool_choice: toolChoice && formatToolChoice(toolChoice, tools, (type, name) => ({ type, name })),
    parallel_tool_calls: parallelToolCalls,
  });
}

function formatTool(tool: PlainTool): JsonObject {
  switch (tool.kind) {
    case 'function': {
      const { name, description, parameters, strict = false, cacheControl } = tool;
      // Said in any case: left out, it would mean true here (P124), and null is refused (P96).
      return defined({ type: 'function', name, description, parameters, strict, cache_control: cacheControl });
    }
    case 'free_form': {
      const { name, description, format } = tool;
      return defined({ type: 'custom', name, description, format: format && flatFormat(format) });
    }
    case 'web_search': {
      const { allowed_domains: domains, ...settings } = tool.settings;
      return defined({ type: 'web_search', filters: domains && { allowed_domains: domains }, ...settings });
    }
    default:
      return tool satisfies never;
  }
}

/** Chat has one level more: `{type: grammar, grammar: {syntax, definition}}`. */
function flatFormat({ grammar, ...format }: JsonObject): JsonObject {
  return isJsonObject(grammar) ? { ...format, ...grammar } : defined({ ...format, grammar });
}
