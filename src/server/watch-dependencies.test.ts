import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { StoreHealth } from '../store/store.ts';
import { createLog } from '../telemetry/log.ts';
import { watchDependencies } from './watch-dependencies.ts';

const SOON = 5_000;
const UP: StoreHealth = {
  ...{ downFor: undefined, spooledBytes: 0, refusedAfterSpool: 0, graceLeft: undefined },
  withoutIt: { begun: 5, settled: 5, refused: 5 },
};

let health: StoreHealth;
let isRedisUp: boolean;
let lines: { level: string; message: string; figures: object }[];
let watch: ReturnType<typeof watchDependencies> | undefined;

beforeEach(() => {
  vi.useFakeTimers();
  health = UP;
  isRedisUp = false;
  lines = [];
  const log = createLog('silent', undefined);
  for (const level of ['info', 'warn', 'error'] as const) {
    vi.spyOn(log, level).mockImplementation((...said: unknown[]) => {
      const [first, second] = said;
      lines.push({ level, message: String(second ?? first), figures: typeof first === 'object' ? { ...first } : {} });
    });
  }
  watch = watchDependencies({
    store: { health: () => health },
    redis: { isUp: () => isRedisUp, nodes: () => 3 },
    log,
  });
});
afterEach(() => {
  watch?.close();
  vi.useRealTimers();
});

test('an outage of the database is told once, and once that it is over, with what was done in this one', () => {
  isRedisUp = true;
  vi.advanceTimersByTime(SOON);
  expect(lines).toEqual([]);
  health = { ...UP, downFor: 10, graceLeft: 59_990 };
  vi.advanceTimersByTime(SOON);
  health = { ...UP, downFor: 5_010, withoutIt: { begun: 7, settled: 8, refused: 5 } };
  vi.advanceTimersByTime(SOON);
  health = { ...health, downFor: undefined, spooledBytes: 99 };
  vi.advanceTimersByTime(SOON);
  expect(lines.map(({ level, figures }) => [level, figures])).toEqual([
    ['error', { grace_left_ms: 59_990 }],
    ['info', { away_ms: 5_010, spooled_bytes: 99, begun: 2, settled: 3, refused: 0 }],
  ]);
});

test('a Redis that is reached soon after the start is not told of, one that is not is', () => {
  vi.advanceTimersByTime(1_000);
  isRedisUp = true;
  vi.advanceTimersByTime(SOON);
  expect(lines).toEqual([]);
  isRedisUp = false;
  vi.advanceTimersByTime(SOON);
  isRedisUp = true;
  vi.advanceTimersByTime(SOON);
  expect(lines.map(({ level }) => level)).toEqual(['warn', 'info']);
});

test('a Redis that is not there at the start is told of after a while', () => {
  vi.advanceTimersByTime(SOON);
  expect(lines).toEqual([{ level: 'warn', message: expect.stringContaining('Redis'), figures: { nodes: 3 } }]);
});
