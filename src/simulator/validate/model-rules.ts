import type { Json, JsonObject } from '../../core/json.ts';
import { isJsonObject, numberAt, objectAt, stringAt } from '../../core/json.ts';
import type { MessagesRequest } from '../../core/message.ts';
import type { ModelFacts } from '../../core/model.ts';
import { EFFORT_LEVELS } from '../../core/model.ts';
import type { Turn } from '../conversation.ts';
import { invalid } from '../refusal.ts';
import { citationsEnabled } from './conversation.ts';
import { outputSchema } from './request.ts';
import { checkSchemaSubset } from './schema-subset.ts';
import { endsInServerToolResult } from './system-turns.ts';

/** What one model takes and another refuses, thinking aside (`anthropic-surface.md` §1, §4, §4.3). */

const NO_PREFILL =
  'This model does not support assistant message prefill. The conversation must end with a user message.';

/** @throws RequestRefused 400 for a field or value that this model does not take. */
export function checkModelRules(request: MessagesRequest, model: ModelFacts, turns: readonly Turn[]): void {
  checkMaxTokens(request, model);
  checkSampling(request, model);
  checkEffort(request['output_config'], 'output_config', model);
  request.messages.forEach((message, index) => {
    checkEffort(message['output_config'], `messages.${index}.output_config`, model);
  });
  checkStructuredOutput(request, model, turns);
  checkForcedTools(request, model);
  if (isPrefilled(turns) && !model.rules.prefill) throw invalid('', NO_PREFILL);
}

/** Whether the caller has begun the answer. A paused turn that is sent back is no prefill. */
export function isPrefilled(turns: readonly Turn[]): boolean {
  const last = turns.at(-1);
  return last?.role === 'assistant' && last.blocks.length > 0 && !endsInServerToolResult(last);
}

/** Whether `tool_choice` leaves the model no way around a tool. */
export function forcesTool(request: MessagesRequest): boolean {
  return request.tool_choice?.['type'] === 'any' || request.tool_choice?.['type'] === 'tool';
}

function checkMaxTokens(request: MessagesRequest, model: ModelFacts): void {
  const { max_tokens: asked } = request;
  if (asked === undefined) return;
  if (asked > model.maxOutputTokens) {
    throw invalid(
      'max_tokens',
      `${asked} > ${model.maxOutputTokens}, which is the maximum allowed number of output tokens for ${request.model}`,
    );
  }
  if (asked !== 0) return;
  const conflict = [
    { name: 'stream', found: request.stream === true },
    { name: 'thinking', found: request.thinking?.['type'] === 'enabled' },
    { name: 'a forced tool_choice', found: forcesTool(request) },
    { name: 'structured output', found: outputSchema(request) !== undefined },
  ].find(({ found }) => found);
  if (conflict) throw invalid('max_tokens', `0 is not supported together with ${conflict.name}`);
}

function checkSampling(request: MessagesRequest, model: ModelFacts): void {
  const { temperature, top_p: topP, top_k: topK } = request;
  if (model.rules.sampling === 'defaults-only') {
    if (temperature !== undefined && temperature !== 1)
      throw invalid('', '`temperature` is deprecated for this model.');
    if (topP !== undefined && topP < 0.99) throw invalid('', '`top_p` is deprecated for this model.');
    if (topK !== undefined) throw invalid('', '`top_k` is deprecated for this model.');
  }
  if (model.rules.sampling === 'exclusive' && temperature !== undefined && topP !== undefined) {
    throw invalid('', '`temperature` and `top_p` cannot both be specified for this model. Please use only one.');
  }
}

function checkEffort(config: Json | undefined, path: string, model: ModelFacts): void {
  const effort = isJsonObject(config) ? stringAt(config, 'effort') : undefined;
  if (effort === undefined) return;
  const accepted: readonly string[] = model.rules.effort;
  if (accepted.length === 0) throw invalid('', 'This model does not support the effort parameter.');
  if (!accepted.includes(effort)) {
    throw invalid(
      `${path}.effort`,
      `'${effort}' is not supported on this model. Supported levels: ${accepted.join(', ')}`,
    );
  }
}

function checkStructuredOutput(request: MessagesRequest, model: ModelFacts, turns: readonly Turn[]): void {
  const schema = outputSchema(request);
  if (!schema) return;
  const named = objectAt(request, 'output_config')?.['format'];
  if (named !== undefined && named !== null && isJsonObject(request['output_format'])) {
    throw invalid('output_format', 'cannot be used together with output_config.format');
  }
  if (!model.rules.structuredOutputs) {
    throw invalid('output_config.format', `'${request.model}' does not support output format.`);
  }
  if (turns.some((turn) => turn.blocks.some(citationsEnabled))) {
    throw invalid('output_config.format', 'citations cannot be enabled when an output format is used');
  }
  if (isPrefilled(turns))
    throw invalid('output_config.format', 'assistant message prefill cannot be used with an output format');
  checkSchemaSubset(schema, 'output_config.format.schema');
}

function checkForcedTools(request: MessagesRequest, model: ModelFacts): void {
  if (forcesTool(request) && !model.rules.forcedToolChoice) {
    throw invalid(
      'tool_choice',
      `type '${request.tool_choice?.['type']}' is not supported on this model. Use 'auto' or 'none'.`,
    );
  }
}

/** Where an effort level stands among all, lowest 0; undefined effort counts as the default, `high` (§4). */
export function effortRank(config: JsonObject | undefined): number {
  const effort = config && stringAt(config, 'effort');
  return EFFORT_LEVELS.findIndex((level) => level === (effort ?? 'high'));
}

/** `thinking.budget_tokens`, when thinking has a budget. */
export function thinkingBudget(request: MessagesRequest): number | undefined {
  return request.thinking?.['type'] === 'enabled' ? numberAt(request.thinking, 'budget_tokens') : undefined;
}
