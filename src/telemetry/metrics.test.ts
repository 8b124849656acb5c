import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createMetrics } from './metrics.ts';
import { createWorkerMetrics } from './worker-metrics.ts';

const GUIDE = new URL('../../docs/operations.md', import.meta.url);
/** What Node and the process itself are measured by, which the guide names by what they begin with. */
const DEFAULTS = /^(?:nodejs|process)_/;

test('the guide for operators names every metric, and none that there is not', async () => {
  const metrics = createMetrics({
    ...{ openRequests: () => 0, refusedFeatures: () => 0, ledgerQueue: () => 0, payloadMemory: () => 0 },
    ...{ nodes: () => 1, redis: () => undefined },
    database: () => ({
      ...{ downFor: undefined, spooledBytes: 0, refusedAfterSpool: 0 },
      withoutIt: { begun: 0, settled: 0, refused: 0 },
    }),
    admission: () => ({ inFlight: 0, waiting: 0, limit: 1 }),
    routing: { credentials: () => [], retryBudget: () => ({ liveRetries: 0, left: 0 }) },
    disk: { state: () => 'ok', freeBytes: () => 0 },
  });
  const ofWorkers = await createWorkerMetrics(() => 1).render();
  const names = [
    ...(await metrics.collect()).map(({ name }) => name),
    ...[...ofWorkers.body.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name ?? ''),
  ];
  const told = new Set(readFileSync(GUIDE, 'utf8').match(/\bezmodel_[a-z_]+/g));
  expect([...told].toSorted()).toEqual(names.filter((name) => !DEFAULTS.test(name)).toSorted());
});
