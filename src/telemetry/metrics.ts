import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { LimitMeasure } from '../core/limit.ts';
import { TOKEN_CLASSES, type Usage } from '../core/usage.ts';
import { type DependencySources, type KeyUse, registerDependencyMetrics } from './dependency-metrics.ts';
import { type DiskFigures, registerDiskMetrics } from './disk-metrics.ts';
import { createPayloadMetrics, type PayloadMetrics } from './payload-metrics.ts';
import { createRoutingMetrics, type RoutingMetrics, type RoutingSources } from './routing-metrics.ts';

/** What the metrics need to read at the time of a scrape. */
export type MetricsSources = DependencySources & {
  openRequests: () => number;
  /** Betas and fields that upstreams are known to refuse. */
  refusedFeatures: () => number;
  ledgerQueue: () => number;
  /** How many requests are in flight, wait for a place, and may be in flight as things are. */
  admission: () => { inFlight: number; waiting: number; limit: number };
  routing: RoutingSources;
  /** Bytes of payloads in memory. */
  payloadMemory: () => number;
  disk: DiskFigures;
};

/** What is counted of every finished request. Times are ms. */
export type RequestFigures = {
  operation: string;
  status: number;
  errorKind: string | undefined;
  /** What the gateway itself added before the upstream was called. */
  addedMs: number | undefined;
  firstEventMs: number | undefined;
  totalMs: number;
};

/** Why a request was refused as overload: see `OverloadReason`, and `bodies`: request bodies hold all the memory they may. */
export type ShedReason = 'queue_full' | 'queue_timeout' | 'displaced' | 'bodies';

/** See `Metrics.countHedge`. */
export type HedgeStage = 'started' | 'won';
/** All figures of one process, in a form that crosses to another one. */
export type MetricValues = Awaited<ReturnType<Registry['getMetricsAsJSON']>>;

/** The figures of `GET /metrics`; labels come from closed sets and the configuration, never from clients. */
export type Metrics = {
  countRequest(figures: RequestFigures): void;
  countUsage(usage: Usage): void;
  countCost(nanoUsd: number): void;
  /** A second attempt beside a slow one: begun, or the first of the two with content. */
  countHedge(stage: HedgeStage): void;
  /** What attempts cost that another one outran. */
  countOutrun(nanoUsd: number): void;
  /** A request that was let in, with the ms that it waited for it. */
  countAdmitted(waitedMs: number): void;
  /** A request that was refused because the gateway has too much to do. */
  countShed(reason: ShedReason): void;
  /** A request that a limit refused. */
  countLimitRefusal(measure: LimitMeasure): void;
  /** Something that a request went without because its upstream refuses it. */
  countLeftOut(kind: 'beta' | 'field'): void;
  /** A command that Redis did not carry out. */
  countRedisFailure(): void;
  /** A limit that this node kept alone, on its share, because Redis was not to be had (law Down). */
  countLocalLimit(): void;
  /** A key that was judged from memory, or could not be judged, while the database was away (law Down). */
  countKeyWithoutDatabase(use: KeyUse): void;
  /** A ledger write that failed and will be tried again at the next start. */
  countLedgerFailure(): void;
  /** An attempt that was charged without a price. */
  countUnpriced(): void;
  /** What routing decides. */
  routing: RoutingMetrics;
  payloads: PayloadMetrics;
  render(): Promise<{ contentType: string; body: string }>;
  /** The figures of this process, to be added up with those of others. */
  collect(): Promise<MetricValues>;
};

const ADDED_BUCKETS = [0.0001, 0.0002, 0.0004, 0.001, 0.002, 0.005, 0.01, 0.05, 0.25];
const QUEUE_BUCKETS = [0, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const WAIT_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];

/** Makes the metrics of one server. */
export function createMetrics(sources: MetricsSources): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  registerDiskMetrics(registry, sources.disk);
  const countKeyWithoutDatabase = registerDependencyMetrics(registry, sources);
  const requests = new Counter({
    name: 'ezmodel_requests_total',
    help: 'Requests answered, by operation and HTTP status.',
    labelNames: ['operation', 'status'],
    registers,
  });
  const errors = new Counter({
    name: 'ezmodel_errors_total',
    help: 'Requests that ended in an error, by kind.',
    labelNames: ['kind'],
    registers,
  });
  const tokens = new Counter({
    name: 'ezmodel_tokens_total',
    help: 'Tokens used, by class.',
    labelNames: ['class'],
    registers,
  });
  const cost = new Counter({ name: 'ezmodel_cost_nano_usd_total', help: 'Cost in nano-USD.', registers });
  const unpriced = new Counter({
    name: 'ezmodel_unpriced_total',
    help: 'Attempts whose model has no price: their tokens are stored, and their cost is not known.',
    registers,
  });
  const ledgerFailures = new Counter({
    name: 'ezmodel_ledger_failures_total',
    help: 'Settlements that could not be written.',
    registers,
  });
  const added = new Histogram({
    name: 'ezmodel_added_seconds',
    help: 'Time from the whole request to the call upstream.',
    buckets: ADDED_BUCKETS,
    registers,
  });
  const firstEvent = new Histogram({
    name: 'ezmodel_first_event_seconds',
    help: 'Time from the request to its first content.',
    buckets: WAIT_BUCKETS,
    registers,
  });
  const total = new Histogram({
    name: 'ezmodel_request_seconds',
    help: 'Time from the request to the end of its answer.',
    buckets: WAIT_BUCKETS,
    registers,
  });
  const queued = new Histogram({
    name: 'ezmodel_queue_seconds',
    help: 'Time that admitted requests waited for a place.',
    buckets: QUEUE_BUCKETS,
    registers,
  });
  const shed = new Counter({
    name: 'ezmodel_overload_refusals_total',
    help: 'Requests refused because the gateway has too much to do, by reason.',
    labelNames: ['reason'],
    registers,
  });
  const limited = new Counter({
    name: 'ezmodel_limit_refusals_total',
    help: 'Requests refused by a limit of their key, project or model, by what is limited.',
    labelNames: ['limit'],
    registers,
  });
  const leftOut = new Counter({
    name: 'ezmodel_features_left_out_total',
    help: 'Betas and optional fields that requests went without because their upstream refuses them, by kind.',
    labelNames: ['kind'],
    registers,
  });
  const hedges = new Counter({
    name: 'ezmodel_hedges_total',
    help: 'Second attempts beside slow ones: started, and won.',
    labelNames: ['stage'],
    registers,
  });
  const outrun = new Counter({
    name: 'ezmodel_hedges_wasted_nano_usd_total',
    help: 'Cost in nano-USD of attempts that another one outran.',
    registers,
  });
  const redisFailures = new Counter({
    name: 'ezmodel_redis_failures_total',
    help: 'Commands that Redis did not carry out.',
    registers,
  });
  const localLimits = new Counter({
    name: 'ezmodel_local_limit_decisions_total',
    help: 'Requests whose limits this node kept alone, on its share, because Redis was not to be had.',
    registers,
  });
  const { admission } = sources;
  gauge(registry, 'ezmodel_places_taken', 'Requests that hold one of the places.', () => admission().inFlight);
  gauge(registry, 'ezmodel_places', 'Requests that may be in flight as things are.', () => admission().limit);
  gauge(registry, 'ezmodel_queue_length', 'Requests that wait for a place.', () => admission().waiting);
  gauge(registry, 'ezmodel_refused_features', 'Betas and fields known to be refused.', sources.refusedFeatures);
  gauge(registry, 'ezmodel_open_requests', 'Requests and streams that are open.', sources.openRequests);
  gauge(registry, 'ezmodel_ledger_queue', 'Ledger operations waiting to be committed.', sources.ledgerQueue);

  return {
    countRequest: ({ operation, status, errorKind, addedMs, firstEventMs, totalMs }) => {
      requests.inc({ operation, status });
      if (errorKind !== undefined) errors.inc({ kind: errorKind });
      if (addedMs !== undefined) added.observe(addedMs / 1000);
      if (firstEventMs !== undefined) firstEvent.observe(firstEventMs / 1000);
      total.observe(totalMs / 1000);
    },
    countUsage: (usage) => {
      for (const tokenClass of TOKEN_CLASSES) {
        const count = usage[tokenClass];
        if (count) tokens.inc({ class: tokenClass }, count);
      }
    },
    countCost: (nanoUsd) => cost.inc(nanoUsd),
    countHedge: (stage) => hedges.inc({ stage }),
    countOutrun: (nanoUsd) => outrun.inc(nanoUsd),
    countAdmitted: (waitedMs) => queued.observe(waitedMs / 1000),
    countShed: (reason) => shed.inc({ reason }),
    countLimitRefusal: (limit) => limited.inc({ limit }),
    countLeftOut: (kind) => leftOut.inc({ kind }),
    countRedisFailure: () => redisFailures.inc(),
    countLocalLimit: () => localLimits.inc(),
    countKeyWithoutDatabase,
    countLedgerFailure: () => ledgerFailures.inc(),
    countUnpriced: () => unpriced.inc(),
    routing: createRoutingMetrics(registry, sources.routing),
    payloads: createPayloadMetrics(registry, sources.payloadMemory),
    render: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
    collect: () => registry.getMetricsAsJSON(),
  };
}

function gauge(registry: Registry, name: string, help: string, read: () => number): void {
  const created: Gauge = new Gauge({ name, help, registers: [registry], collect: () => created.set(read()) });
}
