/** Whom a limit binds: one API key, one project, or everybody who asks for a public model. */
export const LIMIT_SCOPES = ['key', 'project', 'model'] as const;

/** One scope. */
export type LimitScope = (typeof LIMIT_SCOPES)[number];

/** What can be limited, under the names that `ezmodel.yaml`, the CLI and the store share. */
export const LIMIT_MEASURES = [
  'requests_per_minute',
  'input_tokens_per_minute',
  'output_tokens_per_minute',
  'tokens_per_day',
  'concurrent',
] as const;

/** One measure. */
export type LimitMeasure = (typeof LIMIT_MEASURES)[number];

/** What may be used at most; a measure that is left out is not limited. */
export type LimitValues = Partial<Record<LimitMeasure, number>>;

/** One set of limits. */
export type LimitRule = {
  scope: LimitScope;
  /** A key's or project's id, `*` for each of them on its own; for the scope `model` a public name or pattern. */
  id: string;
  /** Only requests for these models are counted and bound: a public name or pattern. */
  model: string;
  values: LimitValues;
  /** The time, in ms, whose allowance a per-minute measure may use at once. */
  burst: number;
};

/** The burst of a rule that names none: a minute's allowance at once, in ms. */
export const DEFAULT_BURST = 60_000;

/** What stands for every key, project or model. */
export const ANY = '*';

/** Where one limit stands for its holder, as it is told with every answer. */
export type LimitStatus = {
  measure: LimitMeasure;
  /** Units a minute, a day, or at once. */
  limit: number;
  remaining: number;
  /** In how many ms nothing of it will be used any more, if nothing more is taken. */
  resetIn: number;
};

/** The same, and what it bounds: requests of the key, of its project or of everybody, for models of a name or pattern. */
export type LimitStanding = LimitStatus & { scope: LimitScope; models: string };

/** Of the limits on some measures the one with the smallest part left; undefined when none of them is limited. */
export function tightest(limits: readonly LimitStatus[], measures: readonly LimitMeasure[]): LimitStatus | undefined {
  let found: LimitStatus | undefined;
  for (const status of limits) {
    if (!measures.includes(status.measure)) continue;
    if (found === undefined || status.remaining / status.limit < found.remaining / found.limit) found = status;
  }
  return found;
}
