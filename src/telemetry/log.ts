import { destination, type Logger, pino, stdSerializers } from 'pino';

export type { Logger } from 'pino';

/** Lines are written together, this many bytes or this many ms at a time; what is left goes out at exit. */
const BUFFERED_BYTES = 12_288;
const FLUSH_INTERVAL = 200;

/** Several processes write to one pipe: what is written at once must fit into one atomic write, in bytes. */
const SHARED = { minLength: 2_048, maxWrite: 4_096 };

/** Longest text of one field, in UTF-16 units. */
const LONGEST_TEXT = 8_192;

/**
 * JSON lines on standard output. Only named fields are ever logged: no headers, no bodies, no keys (law Secrets).
 * @param worker names a process that shares its output with others; undefined when it has it alone.
 */
export function createLog(level: string, worker: number | 'supervisor' | undefined): Logger {
  const buffering = worker === undefined ? { minLength: BUFFERED_BYTES } : SHARED;
  const output = destination({ fd: 1, sync: false, periodicFlush: FLUSH_INTERVAL, ...buffering });
  const write = output.write.bind(output);
  output.write = (line) => write(escapeLine(line));
  return pino(
    {
      level,
      base: worker === undefined ? null : { worker },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { log: shorten },
      serializers: { err: (error: Error) => shorten({ ...stdSerializers.err(error) }) },
    },
    output,
  );
}

/**
 * A line of JSON without characters that a terminal or a viewer would act on (`reliability.md` §3, Log injection): those that JSON
 * itself leaves alone are escaped, so that it still says the same.
 */
export function escapeLine(line: string): string {
  if (!/[^\x20-\x7e\n]/.test(line)) return line;
  return line.replace(/[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}]/gu, (mark) =>
    Array.from({ length: mark.length }, (_, at) => `\\u${mark.charCodeAt(at).toString(16).padStart(4, '0')}`).join(''),
  );
}

/** Fields with texts that are not too long for a line; the same object when none was. */
export function shorten<Fields extends Record<string, unknown>>(fields: Fields): Record<string, unknown> {
  const long = Object.entries(fields).filter((field) => typeof field[1] === 'string' && field[1].length > LONGEST_TEXT);
  if (long.length === 0) return fields;
  return {
    ...fields,
    ...Object.fromEntries(long.map(([name, text]) => [name, `${String(text).slice(0, LONGEST_TEXT)}…`])),
  };
}
