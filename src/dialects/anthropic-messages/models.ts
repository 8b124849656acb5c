import { GatewayError } from '../../core/error.ts';
import type { JsonObject } from '../../core/json.ts';
import { EFFORT_LEVELS, type ModelFacts, type ThinkingType } from '../../core/model.ts';

/** A model as `GET /v1/models` shows it: a public name, and what is known of the model behind it. */
export type ListedModel = { id: string; facts: ModelFacts | undefined };

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 1_000;
const DEFAULT_LIFECYCLES = ['active', 'deprecated'];
const THINKING_TYPES: readonly ThinkingType[] = ['adaptive', 'enabled', 'disabled', 'between_tools'];

/** When nothing is known of a model: the API has no null for a date. */
const UNKNOWN_DATE = '1970-01-01T00:00:00Z';

/**
 * One page of the list (`anthropic-surface.md` §3).
 * @throws GatewayError `invalid_request` naming the parameter.
 */
export function formatModelPage(models: readonly ListedModel[], query: URLSearchParams): JsonObject {
  const limit = readLimit(query.get('limit'));
  const wanted = [...query.getAll('lifecycle[]'), ...query.getAll('lifecycle')];
  const lifecycles = wanted.length > 0 ? wanted : DEFAULT_LIFECYCLES;
  const listed = models.filter(({ facts }) => lifecycles.includes(facts?.lifecycle ?? 'active'));
  const { page, hasMore } = cutPage(listed, limit, query);
  return {
    data: page.map(formatModel),
    has_more: hasMore,
    first_id: page[0]?.id ?? null,
    last_id: page.at(-1)?.id ?? null,
  };
}

/** One model (`anthropic-surface.md` §3, ModelInfo). */
export function formatModel({ id, facts }: ListedModel): JsonObject {
  return {
    id,
    type: 'model',
    display_name: facts?.displayName ?? id,
    created_at: facts?.createdAt ?? UNKNOWN_DATE,
    max_input_tokens: facts?.maxInputTokens ?? null,
    max_tokens: facts?.maxOutputTokens ?? null,
    capabilities: facts ? formatCapabilities(facts) : null,
    lifecycle: facts?.lifecycle ?? 'active',
    line: facts?.line ?? null,
    deprecated_at: facts?.deprecatedAt ?? null,
    retires_at: facts?.retiresAt ?? null,
  };
}

function formatCapabilities({ rules }: ModelFacts): JsonObject {
  const flag = (supported: boolean): JsonObject => ({ supported });
  const flags = <Name extends string>(names: readonly Name[], supported: readonly Name[]): JsonObject =>
    Object.fromEntries(names.map((name) => [name, flag(supported.includes(name))]));
  return {
    citations: flag(true),
    image_input: flag(true),
    pdf_input: flag(true),
    structured_outputs: flag(rules.structuredOutputs),
    effort: { ...flag(rules.effort.length > 0), ...flags(EFFORT_LEVELS, rules.effort) },
    thinking: { ...flag(rules.thinking.length > 0), types: flags(THINKING_TYPES, rules.thinking) },
  };
}

function readLimit(text: string | null): number {
  if (text === null) return DEFAULT_LIMIT;
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
    throw new GatewayError('invalid_request', `limit: Input should be an integer between 1 and ${MAX_LIMIT}`);
  }
  return limit;
}

function cutPage(
  models: readonly ListedModel[],
  limit: number,
  query: URLSearchParams,
): { page: readonly ListedModel[]; hasMore: boolean } {
  const after = query.get('after_id');
  const before = query.get('before_id');
  if (after !== null && before !== null) {
    throw new GatewayError('invalid_request', 'before_id: Only one of after_id and before_id may be given');
  }
  if (before !== null) {
    const end = indexOf(models, before, 'before_id');
    const start = Math.max(0, end - limit);
    return { page: models.slice(start, end), hasMore: start > 0 };
  }
  const start = after === null ? 0 : indexOf(models, after, 'after_id') + 1;
  return { page: models.slice(start, start + limit), hasMore: start + limit < models.length };
}

function indexOf(models: readonly ListedModel[], id: string, parameter: string): number {
  const index = models.findIndex((model) => model.id === id);
  if (index === -1) throw new GatewayError('invalid_request', `${parameter}: No model has this id`);
  return index;
}
