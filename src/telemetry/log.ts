import { destination, type Logger, pino } from 'pino';

export type { Logger } from 'pino';

/** Lines are written together, this many bytes or this many ms at a time; what is left goes out at exit. */
const BUFFERED_BYTES = 4_096;
const FLUSH_INTERVAL = 200;

/** JSON lines on standard output. Only named fields are ever logged: no headers, no bodies, no keys (law Secrets). */
export function createLog(level: string): Logger {
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    destination({ fd: 1, sync: false, minLength: BUFFERED_BYTES, periodicFlush: FLUSH_INTERVAL }),
  );
}
