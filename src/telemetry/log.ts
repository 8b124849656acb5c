import { destination, type Logger, pino } from 'pino';

export type { Logger } from 'pino';

/** Lines are written together, this many bytes or this many ms at a time; what is left goes out at exit. */
const BUFFERED_BYTES = 4_096;
const FLUSH_INTERVAL = 200;

/** Several processes write to one pipe: what is written at once must fit into one atomic write, in bytes. */
const SHARED = { minLength: 2_048, maxWrite: 4_096 };

/**
 * JSON lines on standard output. Only named fields are ever logged: no headers, no bodies, no keys (law Secrets).
 * @param worker names a process that shares its output with others; undefined when it has it alone.
 */
export function createLog(level: string, worker: number | 'supervisor' | undefined): Logger {
  const buffering = worker === undefined ? { minLength: BUFFERED_BYTES } : SHARED;
  return pino(
    { level, base: worker === undefined ? null : { worker }, timestamp: pino.stdTimeFunctions.isoTime },
    destination({ fd: 1, sync: false, periodicFlush: FLUSH_INTERVAL, ...buffering }),
  );
}
