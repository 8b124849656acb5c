import type { LimitMeasure, LimitRule, LimitScope } from '../../core/limit.ts';

/**
 * How what was taken comes back: `rate` evenly with time, `day` all at once at midnight UTC, `open` when the request ends.
 */
export type BucketKind = 'rate' | 'day' | 'open';

/** One thing that is counted and bounded: a measure of a rule, for one key, project or model pattern. */
export type Bucket = {
  /** Unique, and the same on every node. */
  id: string;
  kind: BucketKind;
  scope: LimitScope;
  /** The key, project or model pattern that it is counted for. */
  owner: string;
  /** The models whose requests are counted: a name or pattern. */
  models: string;
  measure: LimitMeasure;
  /** Units a minute, a day, or at once. */
  limit: number;
  /** Units that may be taken at once; for other kinds than `rate` the limit itself. */
  capacity: number;
  /** Whose limit it is, for people: `this API key`. */
  holder: string;
};

/** How each measure behaves, and how it is called in a refusal. */
export const MEASURES: Readonly<Record<LimitMeasure, { kind: BucketKind; words: string }>> = {
  requests_per_minute: { kind: 'rate', words: 'requests per minute' },
  input_tokens_per_minute: { kind: 'rate', words: 'input tokens per minute' },
  output_tokens_per_minute: { kind: 'rate', words: 'output tokens per minute' },
  tokens_per_day: { kind: 'day', words: 'tokens per day' },
  concurrent: { kind: 'open', words: 'concurrent requests' },
};

const MINUTE = 60_000;

/** The bucket of one measure of a rule. @param owner the key, project or pattern that it is counted for. */
export function bucketOf(
  rule: LimitRule,
  { measure, limit, owner }: { measure: LimitMeasure; limit: number; owner: string },
): Bucket {
  const { kind } = MEASURES[measure];
  return {
    id: [measure, rule.scope, owner, rule.model].map(encodeURIComponent).join(':'),
    kind,
    scope: rule.scope,
    owner,
    models: rule.scope === 'model' ? rule.id : rule.model,
    measure,
    limit,
    capacity: kind === 'rate' ? Math.max(1, (limit * rule.burst) / MINUTE) : limit,
    holder: holderOf(rule),
  };
}

function holderOf({ scope, id, model }: LimitRule): string {
  const models = model === '*' ? '' : ` for the models ${model}`;
  switch (scope) {
    case 'key':
      return `this API key${models}`;
    case 'project':
      return `the project of this API key${models}`;
    case 'model':
      return `the model ${id}`;
    default:
      return scope satisfies never;
  }
}

/** The same bucket for one of `nodes` that cannot see each other: all of them together keep within the limit. */
export function shareOf(bucket: Bucket, nodes: number): Bucket {
  if (nodes <= 1) return bucket;
  const capacity = Math.max(1, bucket.capacity / nodes);
  return { ...bucket, limit: bucket.limit / nodes, capacity: bucket.kind === 'rate' ? capacity : Math.floor(capacity) };
}

/** Units that flow back in a ms. */
export function refillOf({ limit }: Bucket): number {
  return limit / MINUTE;
}

/** The largest part of a bucket that one request reserves before it is known what it uses. */
const RESERVABLE_SHARE = 0.25;

/**
 * What is reserved for an estimated use: all of it, but never more than a quarter of the bucket, so that a few requests
 * with a large `max_tokens` or a cached prompt do not lock out the others. What is really used is booked afterwards.
 */
export function reservationOf({ capacity }: Bucket, estimate: number): number {
  return Math.max(1, Math.min(Math.ceil(estimate), Math.floor(capacity * RESERVABLE_SHARE)));
}
