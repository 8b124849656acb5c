import { expect, test } from 'vitest';
import type { LimitRule } from '../../core/limit.ts';
import { bucketsFor } from './rules.ts';

const HOLDER = { keyId: 'key000000001', name: 'tests', projectId: 'proj_1', projectName: 'research' };
const rule = (id: string, values: LimitRule['values'], changes: Partial<LimitRule> = {}): LimitRule => ({
  ...{ scope: 'key', id, model: '*', values, burst: 60_000 },
  ...changes,
});
const limitsFor = (...rules: LimitRule[]) =>
  bucketsFor(rules, HOLDER, 'm').map(({ scope, measure, limit }) => [scope, measure, limit]);

test('of two rules in one place, by id and by name, the later one counts alone, and stands in for that of all', () => {
  const stored = rule('key000000001', { requests_per_minute: 1, concurrent: 2 });
  const ofFile = rule('tests', { requests_per_minute: 50 });
  const ofAll = rule('*', { concurrent: 9, requests_per_minute: 99 });
  const expected = [
    ['key', 'concurrent', 9],
    ['key', 'requests_per_minute', 50],
  ];
  expect(limitsFor(stored, ofAll, ofFile).toSorted()).toEqual(expected);
  expect(limitsFor(ofAll, stored, ofFile).toSorted()).toEqual(expected);
  expect(limitsFor(stored, ofFile, ofAll).toSorted()).toEqual(expected);
});

test('rules for other models, projects and everybody add up', () => {
  const ofProject = { scope: 'project' } as const;
  const limits = limitsFor(
    rule('tests', { concurrent: 3 }),
    rule('tests', { concurrent: 2 }, { model: 'm*' }),
    rule('research', { concurrent: 8 }, ofProject),
    rule('other', { concurrent: 1 }, ofProject),
    rule('m', { concurrent: 7 }, { scope: 'model' }),
  );
  expect(limits).toEqual([
    ['key', 'concurrent', 3],
    ['key', 'concurrent', 2],
    ['project', 'concurrent', 8],
    ['model', 'concurrent', 7],
  ]);
});
