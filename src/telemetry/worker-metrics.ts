import { AggregatorRegistry, Counter, Gauge, Registry } from 'prom-client';
import type { MetricValues } from './metrics.ts';

/** Why a worker was replaced. */
export type ReplacementReason = 'crashed' | 'stuck';

/** The figures of several processes as one. */
export type WorkerMetrics<Worker> = {
  countReplacement(reason: ReplacementReason): void;
  /** What a worker has told last. */
  keep(worker: Worker, values: MetricValues): void;
  /** A worker that has ended: what it counted up to its last answer stays counted, so that no counter ever goes back. */
  retire(worker: Worker): void;
  render(): Promise<{ contentType: string; body: string }>;
};

/** What a process has counted stays true when it has ended; what it measured does not. The types as they are at run time. */
const KEPT_TYPES = new Set(['counter', 'histogram']);

/** Adds up what workers tell. @param workers how many are serving now. */
export function createWorkerMetrics<Worker>(workers: () => number): WorkerMetrics<Worker> {
  const registry = new Registry();
  const replaced = new Counter({
    name: 'ezmodel_worker_replacements_total',
    help: 'Workers that died or stood still and were replaced, by reason.',
    labelNames: ['reason'],
    registers: [registry],
  });
  const serving: Gauge = new Gauge({
    name: 'ezmodel_workers',
    help: 'Worker processes that serve.',
    registers: [registry],
    collect: () => serving.set(workers()),
  });
  const latest = new Map<Worker, MetricValues>();
  let retired: MetricValues = [];

  return {
    countReplacement: (reason) => replaced.inc({ reason }),
    keep: (worker, values) => {
      latest.set(worker, values);
    },
    retire: (worker) => {
      const last = (latest.get(worker) ?? []).filter(({ type }) => KEPT_TYPES.has(String(type)));
      latest.delete(worker);
      if (last.length > 0) retired = [...retired, ...last];
    },
    render: async () => {
      if (retired.length > 0) retired = await AggregatorRegistry.aggregate([retired]).getMetricsAsJSON();
      const own: MetricValues = await registry.getMetricsAsJSON();
      const all = AggregatorRegistry.aggregate([retired, ...latest.values(), own]);
      return { contentType: all.contentType, body: await all.metrics() };
    },
  };
}
