/** An effort level of `output_config.effort`, lowest first. */
export const EFFORT_LEVELS = ['low', 'medium', 'high', 'xhigh', 'max'] as const;

/** One effort level. */
export type EffortLevel = (typeof EFFORT_LEVELS)[number];

/** A kind of `thinking.type`. */
export type ThinkingType = 'adaptive' | 'enabled' | 'disabled' | 'between_tools';

/** What a model accepts; the rows of `anthropic-surface.md` §4.3 as data. */
export type ModelRules = {
  /** `free`: temperature 0-1, top_p, top_k. `exclusive`: as free, but not temperature with top_p. `defaults-only`: 1.0 / >= 0.99 / none. */
  sampling: 'free' | 'exclusive' | 'defaults-only';
  /** The accepted values of `thinking.type`. */
  thinking: readonly ThinkingType[];
  /** The highest effort at which `thinking: disabled` is accepted, where there is such a limit. */
  disabledThinkingUpTo?: EffortLevel;
  forcedToolChoice: boolean;
  prefill: boolean;
  /** Empty when the model takes no effort. */
  effort: readonly EffortLevel[];
  structuredOutputs: boolean;
  /** Whether `role: system` may stand inside `messages` (§4.2). */
  systemInMessages: boolean;
  /** Below this many tokens a cache breakpoint is silently ignored (§7). */
  minimumCacheTokens: number;
};

/** A fault that a model name of the simulator stands for. */
export type SimulatedFault =
  | { kind: 'error'; status: number; type: string; message: string; retryAfter?: number }
  | { kind: 'slow'; firstEventMs: number; betweenEventsMs: number }
  | { kind: 'cut'; afterEvents: number }
  | { kind: 'hang'; afterEvents: number }
  | { kind: 'stream-error'; afterEvents: number; type: string; message: string }
  | { kind: 'bad-json'; atEvent: number };

/** One model as a provider offers it: what `GET /v1/models` shows, and what the simulator enforces. */
export type ModelFacts = {
  id: string;
  /** Other names under which the model answers. */
  aliases: readonly string[];
  displayName: string;
  /** RFC 3339. */
  createdAt: string;
  maxInputTokens: number;
  maxOutputTokens: number;
  lifecycle: 'active' | 'deprecated' | 'retired';
  line: 'haiku' | 'sonnet' | 'opus' | 'fable' | 'mythos' | null;
  deprecatedAt: string | null;
  retiresAt: string | null;
  rules: ModelRules;
  /** Only on the simulator's own names. */
  fault?: SimulatedFault;
};
