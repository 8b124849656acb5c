import { Counter, Gauge, type Registry } from 'prom-client';

/** What is known of the database, and of Redis; undefined where there is none. */
export type DependencySources = {
  database(): {
    /** ms; undefined: it is there. */
    downFor: number | undefined;
    spooledBytes: number;
    refusedAfterSpool: number;
    withoutIt: { begun: number; settled: number; refused: number };
  };
  redis(): { isUp(): boolean } | undefined;
  /** Processes that share limits or a database with this one, itself included. */
  nodes(): number;
};

/** What becomes of the key of a request while the database is away. */
export type KeyUse = 'known_key' | 'unknown_key';

/**
 * Registers the figures of what lies beyond this process. Of several workers the worst is told, since each has connections of its
 * own. Gives what is to be called for each key that is judged, or cannot be judged, while the database is away.
 */
export function registerDependencyMetrics(registry: Registry, sources: DependencySources): (use: KeyUse) => void {
  const { database, redis, nodes } = sources;
  const gauges = [
    [
      'ezmodel_redis_up',
      'Whether Redis answers; 1 also where none is used.',
      'min',
      () => up(redis()?.isUp() !== false),
    ],
    ['ezmodel_nodes', 'Processes that share their limits or their database.', 'max', nodes],
    ['ezmodel_database_up', 'Whether the database can be reached.', 'min', () => up(database().downFor === undefined)],
    ['ezmodel_spool_bytes', 'Bytes on local disks that wait for the database.', 'sum', () => database().spooledBytes],
    [
      'ezmodel_spool_refused',
      'Operations that waited for the database and were then refused by it.',
      'sum',
      () => database().refusedAfterSpool,
    ],
  ] as const;
  for (const [name, help, aggregator, read] of gauges) {
    const gauge: Gauge = new Gauge({ name, help, aggregator, registers: [registry], collect: () => gauge.set(read()) });
  }
  const told = { begun: 0, settled: 0, refused: 0 };
  const without: Counter<'use'> = new Counter({
    name: 'ezmodel_without_database_total',
    help: 'What was done while the database was away: keys judged from memory or not at all, exchanges begun, settled and refused.',
    labelNames: ['use'],
    registers: [registry],
    collect: () => {
      const { withoutIt } = database();
      for (const use of ['begun', 'settled', 'refused'] as const) {
        without.inc({ use }, withoutIt[use] - told[use]);
        told[use] = withoutIt[use];
      }
    },
  });
  for (const use of ['known_key', 'unknown_key'] as const) without.inc({ use }, 0);
  return (use) => without.inc({ use });
}

function up(isUp: boolean): number {
  return isUp ? 1 : 0;
}
