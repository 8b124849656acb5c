import { type JsonObject, numberAt, objectAt, stringAt } from '../../core/json.ts';
import type { MessagesRequest } from '../../core/message.ts';
import { EFFORT_LEVELS, type EffortLevel } from '../../core/model.ts';
import type { Turn } from './format-turns.ts';
import type { Formatting } from './formatting.ts';
import { lacksLeadingThinking } from './open-turn.ts';

/** How hard the model is told to think, and what it may spend in all. */
export type ThinkingPlan = { thinking?: JsonObject; effort?: EffortLevel; maxTokens: number };

/** Output tokens where neither the caller nor a table says how many: every model that is still served takes as many. */
const SAFE_OUTPUT = 8192;

/** Least tokens of a thinking budget (`anthropic-surface.md` §4). */
const LEAST_BUDGET = 1024;

/** Thinking tokens that an effort stands for on models that know budgets only (`translation.md` §6). */
const BUDGETS: Record<EffortLevel, number> = { low: 2048, medium: 8192, high: 16_384, xhigh: 32_000, max: 32_000 };

/** The effort that a budget stands for on models that know no budgets: the first whose limit it keeps. */
const EFFORT_OF_BUDGET: readonly { upTo: number; effort: EffortLevel }[] = [
  { upTo: 2048, effort: 'low' },
  { upTo: 8192, effort: 'medium' },
  { upTo: 24_576, effort: 'high' },
  { upTo: Number.POSITIVE_INFINITY, effort: 'xhigh' },
];

/** The API's own default (`anthropic-surface.md` §4). */
const DEFAULT_EFFORT: EffortLevel = 'high';

/** Thinking and effort as the model takes them, and an output limit that leaves room for both (`translation.md` §6, P62). */
export function planThinking(request: MessagesRequest, turns: readonly Turn[], formatting: Formatting): ThinkingPlan {
  const maxTokens = outputLimit(request, formatting);
  const type = objectAt(request, 'thinking')?.['type'];
  const effort = askedEffort(request);
  if (type === 'disabled') return { ...withoutThinking(formatting), maxTokens };
  if (effort === undefined && type === undefined) return { ...shownIfAlways(request, formatting), maxTokens };
  return { ...withThinking(request, effort, turns, maxTokens, formatting), maxTokens };
}

/** The caller's limit, at most the model's; without one, all that the model can give, since the API demands a limit. */
function outputLimit({ max_tokens: asked }: MessagesRequest, { target, losses }: Formatting): number {
  const most = target.facts?.maxOutputTokens;
  if (asked === undefined) return most ?? SAFE_OUTPUT;
  if (most === undefined || asked <= most) return asked;
  losses.add('max_tokens_lowered', 'max_tokens');
  return most;
}

function askedEffort(request: MessagesRequest): EffortLevel | undefined {
  const word = objectAt(request, 'output_config')?.['effort'];
  return EFFORT_LEVELS.find((level) => level === word);
}

/** Where in the caller's body the effort stands, as far as known. */
const EFFORT_FIELD = 'reasoning_effort';

function withoutThinking({ rules, losses }: Formatting): Omit<ThinkingPlan, 'maxTokens'> {
  if (rules.thinking.includes('disabled')) return { thinking: { type: 'disabled' } };
  losses.add('thinking_changed', EFFORT_FIELD);
  const [lowest] = rules.effort;
  return lowest === undefined ? {} : { effort: lowest };
}

/** A summary was asked for, but no effort: models that always think can at least show it. */
function shownIfAlways(request: MessagesRequest, { rules, losses }: Formatting): Omit<ThinkingPlan, 'maxTokens'> {
  const summary = request.extra?.['reasoning_summary'] ?? null;
  if (summary === null) return {};
  if (rules.thinking.includes('disabled') || !rules.thinking.includes('adaptive')) {
    losses.add('reasoning_summary_dropped', 'reasoning.summary');
    return {};
  }
  reportSummaryStyle(request, losses);
  return { thinking: { type: 'adaptive', display: 'summarized' } };
}

function reportSummaryStyle(request: MessagesRequest, losses: Formatting['losses']): void {
  const summary = request.extra?.['reasoning_summary'] ?? 'auto';
  if (summary !== 'auto') losses.add('reasoning_summary_dropped', 'reasoning.summary');
}

function withThinking(
  request: MessagesRequest,
  effort: EffortLevel | undefined,
  turns: readonly Turn[],
  maxTokens: number,
  formatting: Formatting,
): Omit<ThinkingPlan, 'maxTokens'> {
  const { rules, losses } = formatting;
  reportSummaryStyle(request, losses);
  const budget = numberAt(objectAt(request, 'thinking') ?? {}, 'budget_tokens');
  const level = effort ?? (budget === undefined ? undefined : effortOf(budget));
  const known = level && nearestEffort(level, formatting);
  reportEffort(request, effort, known, formatting);
  const knob = known === undefined ? {} : { effort: known };
  if (budget !== undefined && rules.thinking.includes('enabled')) {
    return { ...withBudget(budget, turns, maxTokens, formatting), ...(effort && knob) };
  }
  if (rules.thinking.includes('adaptive')) {
    if (budget !== undefined) losses.add('thinking_changed', 'thinking');
    return { thinking: { type: 'adaptive', display: 'summarized' }, ...knob };
  }
  if (!rules.thinking.includes('enabled')) {
    losses.add('effort_dropped', EFFORT_FIELD);
    return knob;
  }
  return { ...withBudget(BUDGETS[level ?? DEFAULT_EFFORT], turns, maxTokens, formatting), ...knob };
}

function effortOf(budget: number): EffortLevel {
  return EFFORT_OF_BUDGET.find(({ upTo }) => budget <= upTo)?.effort ?? DEFAULT_EFFORT;
}

/** The level itself, or the next lower one that the model knows; undefined for a model without effort. */
function nearestEffort(level: EffortLevel, { rules }: Formatting): EffortLevel | undefined {
  const rank = EFFORT_LEVELS.indexOf(level);
  return rules.effort.findLast((known) => EFFORT_LEVELS.indexOf(known) <= rank) ?? rules.effort[0];
}

/** A model without effort gets a budget in its place, which says the same; any other word is a change. */
function reportEffort(
  request: MessagesRequest,
  asked: EffortLevel | undefined,
  known: EffortLevel | undefined,
  { losses }: Formatting,
): void {
  if (asked === undefined) return;
  const word = stringAt(request.extra ?? {}, 'reasoning_effort') ?? asked;
  if (word !== (known ?? asked)) losses.add('effort_changed', EFFORT_FIELD);
}

/**
 * Thinking by budget, which must be less than the output limit (P101). A turn that is gone on with must begin with its
 * thinking, else this call goes without (P18).
 */
function withBudget(
  budget: number,
  turns: readonly Turn[],
  maxTokens: number,
  { rules, losses }: Formatting,
): Omit<ThinkingPlan, 'maxTokens'> {
  if (lacksLeadingThinking(turns)) {
    losses.add('thinking_disabled', EFFORT_FIELD);
    return rules.thinking.includes('disabled') ? { thinking: { type: 'disabled' } } : {};
  }
  const fitting = Math.max(LEAST_BUDGET, Math.min(budget, maxTokens - LEAST_BUDGET));
  if (fitting >= maxTokens) {
    losses.add('thinking_changed', EFFORT_FIELD);
    return {};
  }
  if (fitting !== budget) losses.add('thinking_changed', EFFORT_FIELD);
  return { thinking: { type: 'enabled', budget_tokens: fitting, display: 'summarized' } };
}
