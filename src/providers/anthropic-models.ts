import type { EffortLevel, ModelFacts, ModelRules, ThinkingType } from '../core/model.ts';
import { EFFORT_LEVELS } from '../core/model.ts';

/**
 * Every model of the API document and of `anthropic-surface.md` §3, with the rules of §4.3, §6 and §7.
 * Context windows: 200K as the API document says for its four models and for every 4.5 model; 1M from 4.6 on, as the price
 * catalogue lists them. Haiku 5.5, the 5.2 line and Mythos are in no public list yet: 1M is assumed from their generation.
 */

/** Tokens of input that a model takes. */
const WINDOW_200K = 200_000;
const WINDOW_1M = 1_000_000;

const UP_TO_HIGH: readonly EffortLevel[] = ['low', 'medium', 'high'];
const UP_TO_MAX_WITHOUT_XHIGH: readonly EffortLevel[] = ['low', 'medium', 'high', 'max'];

/** Opus 4.1 and older: every sampling field, extended thinking by budget, no effort. */
const CLASSIC: ModelRules = {
  sampling: 'free',
  thinking: ['enabled', 'disabled'],
  forcedToolChoice: true,
  prefill: true,
  effort: [],
  structuredOutputs: false,
  systemInMessages: false,
  minimumCacheTokens: 1024,
};

const GENERATION_4_5: ModelRules = { ...CLASSIC, sampling: 'exclusive', structuredOutputs: true };

const GENERATION_4_6: ModelRules = {
  ...GENERATION_4_5,
  thinking: ['adaptive', 'enabled', 'disabled'],
  prefill: false,
  effort: UP_TO_MAX_WITHOUT_XHIGH,
};

/** Opus 4.7 and later: no sampling but the defaults, adaptive thinking, all effort levels. */
const MODERN: ModelRules = {
  ...GENERATION_4_6,
  sampling: 'defaults-only',
  thinking: ['adaptive', 'disabled'],
  effort: EFFORT_LEVELS,
};

const ALWAYS_THINKING: readonly ThinkingType[] = ['adaptive'];

const GENERATION_5: ModelRules = { ...MODERN, systemInMessages: true, minimumCacheTokens: 512 };

/** Fable and Mythos 5: they always think, but tools may still be forced. */
const FABLE_5: ModelRules = { ...GENERATION_5, thinking: ALWAYS_THINKING };

/** Fable and Mythos from 5.1 on, and Opus 5.5. */
const ALWAYS_THINKING_UNFORCED: ModelRules = { ...FABLE_5, forcedToolChoice: false };

type Line = ModelFacts['line'];

/** One row in short: what differs from model to model. */
type Row = {
  id: string;
  aliases?: readonly string[];
  name: string;
  line: Line;
  /** `YYYY-MM-DD`. */
  released: string;
  window: number;
  maxOutput: number;
  rules: ModelRules;
  /** `YYYY-MM-DD` of the announcement that the model will go. */
  deprecated?: string;
};

const K = 1000;

/** Newest first, the order of `GET /v1/models`. Release dates after mid-2026 are those of the SDK versions that brought the ids. */
const ROWS: readonly Row[] = [
  {
    id: 'claude-fable-5-2',
    name: 'Claude Fable 5.2',
    line: 'fable',
    released: '2026-11-12',
    window: WINDOW_1M,
    maxOutput: 128 * K,
    rules: ALWAYS_THINKING_UNFORCED,
  },
  {
    id: 'claude-mythos-5-2',
    name: 'Claude Mythos 5.2',
    line: 'mythos',
    released: '2026-11-12',
    window: WINDOW_1M,
    maxOutput: 128 * K,
    rules: ALWAYS_THINKING_UNFORCED,
  },
  {
    id: 'claude-haiku-5-5',
    name: 'Claude Haiku 5.5',
    line: 'haiku',
    released: '2026-10-21',
    window: WINDOW_1M,
    maxOutput: 128 * K,
    rules: { ...GENERATION_5, disabledThinkingUpTo: 'high', minimumCacheTokens: 1024 },
  },
  {
    id: 'claude-sonnet-5-5',
    name: 'Claude Sonnet 5.5',
    line: 'sonnet',
    released: '2026-10-07',
    window: WINDOW_1M,
    maxOutput: 128 * K,
    rules: { ...ALWAYS_THINKING_UNFORCED, thinking: ['adaptive', 'between_tools'], minimumCacheTokens: 1024 },
  },
  {
    id: 'claude-opus-5-5',
    name: 'Claude Opus 5.5',
    line: 'opus',
    released: '2026-09-23',
    window: WINDOW_1M,
    maxOutput: 128 * K,
    rules: ALWAYS_THINKING_UNFORCED,
  },
  {
    id: 'claude-fable-5-1',
    name: 'Claude Fable 5.1',
    line: 'fable',
    released: '2026-08-26',
    window: WINDOW_1M,
    maxOutput: 128 * K,
    rules: ALWAYS_THINKING_UNFORCED,
  },
  {
    id: 'claude-mythos-5-1',
    name: 'Claude Mythos 5.1',
    line: 'mythos',
    released: '2026-08-26',
    window: WINDOW_1M,
    maxOutput: 128 * K,
    rules: ALWAYS_THINKING_UNFORCED,
  },
  {
    id: 'claude-opus-5',
    name: 'Claude Opus 5',
    line: 'opus',
    released: '2026-07-22',
    window: WINDOW_1M,
    maxOutput: 128 * K,
    rules: { ...GENERATION_5, disabledThinkingUpTo: 'high' },
  },
  {
    id: 'claude-sonnet-5',
    name: 'Claude Sonnet 5',
    line: 'sonnet',
    released: '2026-06-30',
    window: WINDOW_1M,
    maxOutput: 128 * K,
    rules: { ...MODERN, minimumCacheTokens: 1024 },
  },
  {
    id: 'claude-fable-5',
    name: 'Claude Fable 5',
    line: 'fable',
    released: '2026-06-09',
    window: WINDOW_1M,
    maxOutput: 128 * K,
    rules: FABLE_5,
  },
  {
    id: 'claude-mythos-5',
    name: 'Claude Mythos 5',
    line: 'mythos',
    released: '2026-06-09',
    window: WINDOW_1M,
    maxOutput: 128 * K,
    rules: FABLE_5,
  },
  {
    id: 'claude-opus-4-8',
    name: 'Claude Opus 4.8',
    line: 'opus',
    released: '2026-05-28',
    window: WINDOW_1M,
    maxOutput: 128 * K,
    rules: { ...MODERN, systemInMessages: true, minimumCacheTokens: 1024 },
  },
  {
    id: 'claude-opus-4-7',
    name: 'Claude Opus 4.7',
    line: 'opus',
    released: '2026-04-16',
    window: WINDOW_1M,
    maxOutput: 128 * K,
    rules: { ...MODERN, minimumCacheTokens: 2048 },
  },
  {
    id: 'claude-mythos-preview',
    name: 'Claude Mythos Preview',
    line: 'mythos',
    released: '2026-04-07',
    window: WINDOW_1M,
    maxOutput: 128 * K,
    rules: { ...MODERN, thinking: ['adaptive', 'enabled'], forcedToolChoice: false, minimumCacheTokens: 2048 },
  },
  {
    id: 'claude-sonnet-4-6',
    name: 'Claude Sonnet 4.6',
    line: 'sonnet',
    released: '2026-02-17',
    window: WINDOW_1M,
    maxOutput: 128 * K,
    rules: { ...GENERATION_4_6, minimumCacheTokens: 1024 },
  },
  {
    id: 'claude-opus-4-6',
    name: 'Claude Opus 4.6',
    line: 'opus',
    released: '2026-02-05',
    window: WINDOW_1M,
    maxOutput: 128 * K,
    rules: { ...GENERATION_4_6, minimumCacheTokens: 4096 },
  },
  {
    id: 'claude-opus-4-5-20251101',
    aliases: ['claude-opus-4-5'],
    name: 'Claude Opus 4.5',
    line: 'opus',
    released: '2025-11-24',
    window: WINDOW_200K,
    maxOutput: 64 * K,
    rules: { ...GENERATION_4_5, effort: UP_TO_HIGH, minimumCacheTokens: 4096 },
  },
  {
    id: 'claude-haiku-4-5-20251001',
    aliases: ['claude-haiku-4-5'],
    name: 'Claude Haiku 4.5',
    line: 'haiku',
    released: '2025-10-15',
    window: WINDOW_200K,
    maxOutput: 64 * K,
    rules: { ...GENERATION_4_5, minimumCacheTokens: 4096 },
  },
  {
    id: 'claude-sonnet-4-5-20250929',
    aliases: ['claude-sonnet-4-5'],
    name: 'Claude Sonnet 4.5',
    line: 'sonnet',
    released: '2025-09-29',
    window: WINDOW_200K,
    maxOutput: 64 * K,
    rules: GENERATION_4_5,
  },
  {
    id: 'claude-opus-4-1-20250805',
    aliases: ['claude-opus-4-1'],
    name: 'Claude Opus 4.1',
    line: 'opus',
    released: '2025-08-05',
    window: WINDOW_200K,
    maxOutput: 32 * K,
    rules: { ...CLASSIC, structuredOutputs: true },
  },
  {
    // Coding agents of the 1.x and 2.0 lines call it in the background (`clients.md` §3).
    id: 'claude-3-5-haiku-20241022',
    aliases: ['claude-3-5-haiku-latest'],
    name: 'Claude 3.5 Haiku',
    line: 'haiku',
    released: '2024-10-22',
    window: WINDOW_200K,
    maxOutput: 32 * K,
    rules: { ...CLASSIC, minimumCacheTokens: 2048 },
    deprecated: '2025-12-19',
  },
  {
    id: 'claude-3-5-sonnet-20241022',
    aliases: ['claude-3-5-sonnet-latest'],
    name: 'Claude 3.5 Sonnet',
    line: 'sonnet',
    released: '2024-10-22',
    window: WINDOW_200K,
    maxOutput: 32 * K,
    rules: CLASSIC,
    deprecated: '2025-08-13',
  },
  {
    id: 'claude-3-haiku-20240307',
    name: 'Claude 3 Haiku',
    line: 'haiku',
    released: '2024-03-07',
    window: WINDOW_200K,
    maxOutput: 32 * K,
    rules: CLASSIC,
    deprecated: '2026-02-19',
  },
  {
    id: 'claude-3-opus-20240229',
    aliases: ['claude-3-opus-latest'],
    name: 'Claude 3 Opus',
    line: 'opus',
    released: '2024-02-29',
    window: WINDOW_200K,
    maxOutput: 32 * K,
    rules: CLASSIC,
    deprecated: '2025-06-30',
  },
  {
    id: 'claude-3-sonnet-20240229',
    name: 'Claude 3 Sonnet',
    line: 'sonnet',
    released: '2024-02-29',
    window: WINDOW_200K,
    maxOutput: 32 * K,
    rules: CLASSIC,
    deprecated: '2025-01-21',
  },
];

/** A date of the table as the API writes it: RFC 3339. */
function instant(date: string): string {
  return `${date}T00:00:00Z`;
}

function toFacts(row: Row): ModelFacts {
  return {
    id: row.id,
    aliases: row.aliases ?? [],
    displayName: row.name,
    createdAt: instant(row.released),
    maxInputTokens: row.window,
    maxOutputTokens: row.maxOutput,
    // The API document offers its four models, so they are on their way out here, not gone.
    lifecycle: row.deprecated === undefined ? 'active' : 'deprecated',
    line: row.line,
    deprecatedAt: row.deprecated === undefined ? null : instant(row.deprecated),
    retiresAt: null,
    rules: row.rules,
  };
}

/** The models of the Messages API, newest first (`anthropic-surface.md` §3, §4.3; the API document). */
export const ANTHROPIC_MODELS: readonly ModelFacts[] = ROWS.map(toFacts);
