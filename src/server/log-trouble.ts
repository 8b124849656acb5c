import { StoreError } from '../store/failure.ts';
import type { Logger } from '../telemetry/log.ts';

/**
 * Logs what could not be done in the background, unless that is only because the database is away: what is tried again every half
 * second would fill the log, and `watchDependencies` tells of it once.
 */
export function logTrouble(log: Logger, level: 'warn' | 'error', details: { err?: unknown }, message: string): void {
  const { err } = details;
  if (err instanceof StoreError && err.kind === 'unavailable') return;
  log[level](details, message);
}
