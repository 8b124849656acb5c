import { expect, test } from 'vitest';
import { type DiskState, startDiskGuard } from './disk-guard.ts';

const LIMITS = { lowDisk: 1_000, reserve: 100 };

/** A guard over a disk that is numbers, which has looked at it. */
async function guardOver(world: { free: number; reusable: number; payloads: number }) {
  let isHeld = false;
  const states: DiskState[] = [];
  const guard = startDiskGuard({
    free: async () => world.free,
    reusable: async () => world.reusable,
    limits: () => LIMITS,
    reserve: {
      isHeld: async () => isHeld,
      take: async (bytes) => {
        isHeld = true;
        world.free -= bytes;
        return true;
      },
      release: async () => {
        if (isHeld) world.free += LIMITS.reserve;
        isHeld = false;
      },
    },
    dropPayloads: async () => {
      if (world.payloads === 0) return 0;
      world.payloads -= 1;
      world.reusable += 50;
      return 1;
    },
    onState: (state) => states.push(state),
    onDropped: () => undefined,
    onFailure: (error) => {
      throw error;
    },
  });
  await guard.look();
  return { guard, states, isHeld: () => isHeld };
}

test('payloads are dropped only as far as it takes, and what new rows can use counts as free', async () => {
  const world = { free: 5_000, reusable: 0, payloads: 10 };
  const { guard, states, isHeld } = await guardOver(world);
  expect(states).toEqual([]);
  world.free = 900;
  await guard.look();
  expect(guard.state()).toBe('low');
  expect(isHeld()).toBe(true);
  // 800 beside the reserve, and four times 50.
  expect(world.payloads).toBe(6);
  await guard.look();
  expect(guard.state()).toBe('ok');
  expect(isHeld()).toBe(false);
  expect(states).toEqual(['low', 'ok']);
  await guard.close();
});

test('a full disk gives the reserve away, and is full until that can be held anew', async () => {
  const world = { free: 400, reusable: 0, payloads: 0 };
  const { guard, states, isHeld } = await guardOver(world);
  expect(isHeld()).toBe(true);
  world.free = 24;
  await guard.look();
  expect(guard.state()).toBe('full');
  expect(isHeld()).toBe(false);
  expect(world.free).toBe(124);
  await guard.look();
  expect(guard.state()).toBe('full');
  world.free = 150;
  await guard.look();
  expect(guard.state()).toBe('low');
  expect(isHeld()).toBe(true);
  await guard.look();
  expect(states).toEqual(['low', 'full', 'low']);
  await guard.close();
});

test('without a reserve that is held, the last of the free space is the reserve', async () => {
  const { guard, states } = await guardOver({ free: 99, reusable: 0, payloads: 0 });
  expect(states).toEqual(['full']);
  await guard.close();
});
