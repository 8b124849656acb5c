import { expect, test } from 'vitest';
import { createTurns, NoTurnError } from './turns.ts';

test('of a hundred at once two are at work, as many wait as may, and the others are refused at once', async () => {
  const turns = createTurns(2, 50);
  const ends: (() => void)[] = [];
  let most = 0;
  let running = 0;
  const work = async () => {
    running++;
    most = Math.max(most, running);
    await new Promise<void>((resolve) => ends.push(resolve));
    running--;
  };
  const all = Array.from({ length: 100 }, () => turns.take(work));
  const refused = await Promise.all(all.slice(52).map((each) => each.catch((error: unknown) => error)));
  expect(refused.every((error) => error instanceof NoTurnError)).toBe(true);
  const rest = Promise.all(all.slice(0, 52));
  for (let ended = 0; ended < 52; ended++) {
    while (ends.length === 0) await Promise.resolve();
    ends.shift()?.();
  }
  await rest;
  expect([most, running]).toEqual([2, 0]);
});

test('work that fails gives its turn to the next', async () => {
  const turns = createTurns(1, 1);
  const failing = turns.take(() => Promise.reject(new Error('no')));
  const next = turns.take(async () => 'yes');
  await expect(failing).rejects.toThrow('no');
  expect(await next).toBe('yes');
});
