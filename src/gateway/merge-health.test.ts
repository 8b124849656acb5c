import { expect, test } from 'vitest';
import type { ChannelHealth, CircuitHealth } from './channel-health.ts';
import { mergeHealth } from './merge-health.ts';

const CLOSED: CircuitHealth = { state: 'closed', reason: null, failures: 0, cool_down_ms: 0 };
const OPEN: CircuitHealth = { state: 'open', reason: 'overloaded', failures: 3, cool_down_ms: 4_000 };

function channel(circuit: CircuitHealth, target?: CircuitHealth, drained = false): ChannelHealth[] {
  const targets = target ? [{ model: 'm', ...target }] : [];
  return [{ name: 'main', state: 'active', drained, credentials: [{ name: 'one', drained, ...circuit, targets }] }];
}

test('S11 the worst of several processes is told, and in how many of them it is so', () => {
  const later = { ...OPEN, cool_down_ms: 9_000, failures: 5 };
  const { processes, channels } = mergeHealth([channel(CLOSED, OPEN), channel(OPEN), channel(later)]);
  expect(processes).toBe(3);
  expect(channels).toEqual([
    {
      name: 'main',
      state: 'active',
      drained: false,
      credentials: [
        { name: 'one', drained: false, ...later, processes: 2, targets: [{ model: 'm', ...OPEN, processes: 1 }] },
      ],
    },
  ]);
});

test('half-open is worse than closed, and a drain that one process has not heard of yet counts', () => {
  const half: CircuitHealth = { state: 'half-open', reason: 'timeout', failures: 3, cool_down_ms: 0 };
  const [merged] = mergeHealth([channel(CLOSED), channel(half, undefined, true)]).channels;
  expect(merged).toMatchObject({ drained: true, credentials: [{ state: 'half-open', drained: true, processes: 1 }] });
});

test('one process is itself', () => {
  expect(mergeHealth([channel(CLOSED)])).toEqual({
    processes: 1,
    channels: [
      {
        name: 'main',
        state: 'active',
        drained: false,
        credentials: [{ name: 'one', drained: false, ...CLOSED, processes: 1, targets: [] }],
      },
    ],
  });
});
