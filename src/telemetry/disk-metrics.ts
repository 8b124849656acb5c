import { Gauge, type Registry } from 'prom-client';

/** What is known of the disk. */
export type DiskFigures = { state(): 'ok' | 'low' | 'full'; freeBytes(): number };

const LEVELS = { ok: 0, low: 1, full: 2 } as const;

/** Registers the figures of the disk of the data directory. */
export function registerDiskMetrics(registry: Registry, disk: DiskFigures): void {
  const registers = [registry];
  const free: Gauge = new Gauge({
    name: 'ezmodel_disk_free_bytes',
    help: 'Free space on the disk of the data directory.',
    registers,
    aggregator: 'min',
    collect: () => {
      if (Number.isFinite(disk.freeBytes())) free.set(disk.freeBytes());
    },
  });
  const state: Gauge = new Gauge({
    name: 'ezmodel_disk_state',
    help: '0: enough space; 1: little, payloads are dropped; 2: full, requests are refused.',
    registers,
    aggregator: 'max',
    collect: () => state.set(LEVELS[disk.state()]),
  });
}
