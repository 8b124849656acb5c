import { Counter, Gauge, type Registry } from 'prom-client';

/** The figures of payload logging. */
export type PayloadMetrics = {
  /** A payload that was kept, or dropped for a reason. */
  countPayload(what: 'kept' | 'memory' | 'disk' | 'failed'): void;
};

/** Registers them. @param held bytes of payloads in memory. */
export function createPayloadMetrics(registry: Registry, held: () => number): PayloadMetrics {
  const registers = [registry];
  const kept = new Counter({ name: 'ezmodel_payloads_kept_total', help: 'Payloads that were kept.', registers });
  const dropped = new Counter({
    name: 'ezmodel_payloads_dropped_total',
    help: 'Payloads that were to be kept and are not, by what there was too little of, or failed.',
    labelNames: ['reason'],
    registers,
  });
  const waiting: Gauge = new Gauge({
    name: 'ezmodel_payload_memory_bytes',
    help: 'Payloads in memory, on their way to the database.',
    registers,
    collect: () => waiting.set(held()),
  });
  return {
    countPayload: (what) => (what === 'kept' ? kept.inc() : dropped.inc({ reason: what })),
  };
}
