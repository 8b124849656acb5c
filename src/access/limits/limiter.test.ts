import { expect, test } from 'vitest';
import { ANY, LIMIT_MEASURES, type LimitMeasure, type LimitRule } from '../../core/limit.ts';
import { createLimiter, type Grant, type Refusal } from './limiter.ts';
import { createMemoryCounters } from './memory-counters.ts';
import type { Holder } from './rules.ts';

const HOLDER: Holder = { keyId: 'key1', name: 'laptop', projectId: 'proj_1', projectName: 'research' };
const MODEL = 'model-a';

/** Whom a limit may bind, and who is then beside it: each of these may still ask when the limit is used up. */
type Place = Pick<LimitRule, 'scope' | 'id' | 'model'> & { beside: [holder: Partial<Holder>, model: string][] };
const OTHER_KEY: Partial<Holder> = { keyId: 'key2', name: 'other' };
const OTHER_PROJECT: Partial<Holder> = { ...OTHER_KEY, projectId: 'proj_2', projectName: 'sales' };
const PLACES: Place[] = [
  { scope: 'key', id: 'key1', model: ANY, beside: [[OTHER_KEY, MODEL]] },
  { scope: 'key', id: 'laptop', model: ANY, beside: [[OTHER_KEY, MODEL]] },
  { scope: 'key', id: ANY, model: ANY, beside: [[OTHER_KEY, MODEL]] },
  {
    scope: 'key',
    id: 'key1',
    model: 'model-*',
    beside: [
      [{}, 'b'],
      [OTHER_KEY, MODEL],
    ],
  },
  { scope: 'project', id: 'proj_1', model: ANY, beside: [[OTHER_PROJECT, MODEL]] },
  {
    scope: 'project',
    id: 'research',
    model: MODEL,
    beside: [
      [{}, 'model-b'],
      [OTHER_PROJECT, MODEL],
    ],
  },
  { scope: 'project', id: ANY, model: ANY, beside: [[OTHER_PROJECT, MODEL]] },
  { scope: 'model', id: 'model-*', model: ANY, beside: [[{}, 'b']] },
];

/** A limit of two requests by each measure. */
const LIMITS: Readonly<Record<LimitMeasure, number>> = {
  requests_per_minute: 2,
  input_tokens_per_minute: 80,
  output_tokens_per_minute: 40,
  tokens_per_day: 120,
  concurrent: 2,
};
const ESTIMATE = { input: () => 40, output: () => 20 };

const ROWS = PLACES.flatMap((place) => LIMIT_MEASURES.map((measure) => ({ ...place, measure })));

test.each(ROWS)('$measure of $scope $id for $model binds whom it names, and nobody else', async (row) => {
  const { scope, id, model, measure, beside } = row;
  const rules: LimitRule[] = [{ scope, id, model, values: { [measure]: LIMITS[measure] }, burst: 60_000 }];
  const counters = createMemoryCounters({ clock: () => 0, now: () => 0, usedBefore: () => 0 });
  const refused: LimitMeasure[] = [];
  const limiter = createLimiter({ rules: () => rules, counters, onRefused: (bucket) => refused.push(bucket.measure) });
  const ask = async (who: Partial<Holder> = {}, which = MODEL) => {
    const decision = await limiter.admit({ ...HOLDER, ...who }, which, ESTIMATE);
    if (decision === undefined) return undefined;
    // What was really used takes the place of what was reserved.
    if ('settle' in decision) decision.settle({ input: 40, output: 20 });
    return decision;
  };
  const granted = [await ask(), await ask()];
  expect(granted.every(isGrant)).toBe(true);
  const third = await ask();
  expect(third && 'error' in third ? third.error.kind : 'granted').toBe('rate_limited');
  expect(refused).toEqual([measure]);
  expect(third?.status).toMatchObject([{ measure, limit: LIMITS[measure], remaining: 0 }]);
  for (const [who, which] of beside) expect(isRefusal(await ask(who, which))).toBe(false);
  if (measure !== 'concurrent') return;
  for (const grant of granted) if (isGrant(grant)) grant.release();
  expect(isGrant(await ask())).toBe(true);
});

function isGrant(decision: Grant | Refusal | undefined): decision is Grant {
  return decision !== undefined && 'settle' in decision;
}

function isRefusal(decision: Grant | Refusal | undefined): boolean {
  return decision !== undefined && 'error' in decision;
}
