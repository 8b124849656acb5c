import { expect, test } from 'vitest';
import { manualClock } from '../../test/support/routing.ts';
import { HedgeShare } from './hedge-share.ts';

function setUp(requests: number) {
  const clock = manualClock();
  const share = new HedgeShare(clock.now);
  for (let count = 0; count < requests; count++) share.requestBegan('m');
  const taken = (model = 'm', maxShare = 0.05) => {
    let count = 0;
    while (share.take(model, maxShare)) count++;
    return count;
  };
  return { clock, share, taken };
}

test('lets so many of a hundred requests of a model be hedged, and no more', () => {
  const { taken } = setUp(100);
  expect([taken(), taken()]).toEqual([5, 0]);
});

test('lets one in a minute be hedged where there are few, and none where the share is none', () => {
  const { clock, taken } = setUp(1);
  expect([taken('m', 0), taken(), taken('other')]).toEqual([0, 1, 1]);
  clock.pass(59_000);
  expect(taken()).toBe(0);
  clock.pass(2_000);
  expect(taken()).toBe(1);
});

test('forgets requests after a minute', () => {
  const { clock, taken } = setUp(1_000);
  clock.pass(61_000);
  expect(taken()).toBe(1);
});
