import { writeFileSync } from 'node:fs';

/** Which parts of memory Linux writes into a core dump of this process. */
const CORE_DUMP_FILTER = '/proc/self/coredump_filter';

/**
 * What a process that holds secrets does without (`reliability.md` §3, Runtime and Metrics): files that others can read, the
 * `__proto__` of objects, a debugger that a signal opens, and its memory in core dumps.
 */
export function hardenProcess(): void {
  // Whatever is written is for its owner alone, also where SQLite writes it.
  process.umask(0o077);
  // As `--disable-proto=delete` would: no key of a document becomes the prototype of an object.
  Reflect.deleteProperty(Object.prototype, '__proto__');
  // Node opens its debugger on this signal, unless somebody listens.
  process.on('SIGUSR1', () => undefined);
  if (process.platform !== 'linux') return;
  try {
    writeFileSync(CORE_DUMP_FILTER, '0');
  } catch {
    // A container may mount it read-only; its operator then turns core dumps off, as docs/security.md says.
  }
}
