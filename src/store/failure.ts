/** Why the store could not do what it was asked. */
export type StoreFailureKind =
  /** Another server holds the data directory. */
  | 'server-running'
  /** The file is damaged, or is no EZModel database. */
  | 'corrupt'
  /** The file was written by a newer EZModel. */
  | 'newer-schema'
  /** The SQLite inside this Node.js is too old to be trusted. */
  | 'old-sqlite'
  /** Another process kept the file locked for longer than we wait. */
  | 'busy'
  /** Too many operations wait to be written. */
  | 'overloaded'
  /** The store was closed, or its thread died. */
  | 'closed'
  /** The database cannot be reached; what was asked may be asked again. */
  | 'unavailable'
  /** The database refused this one operation (a constraint, a full disk …). */
  | 'rejected';

/** The only error that the store throws or rejects with; `message` names the file or the cause and is safe to print. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly kind: StoreFailureKind;

  constructor(kind: StoreFailureKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** A failure in a form that crosses from a worker thread: `[kind, message]`. */
export type FailureMessage = [kind: StoreFailureKind, message: string];

/** SQLite's primary result codes that have a meaning of their own to us (sqlite.org/rescode.html). */
const KIND_OF_RESULT_CODE: Readonly<Record<number, StoreFailureKind>> = {
  5: 'busy',
  6: 'busy',
  11: 'corrupt',
  26: 'corrupt',
};

/** SQLite's extended result code of an error that `node:sqlite` threw, or undefined for any other error. */
function resultCodeOf(error: unknown): number | undefined {
  if (error instanceof Error && 'errcode' in error && typeof error.errcode === 'number') return error.errcode;
  return undefined;
}

/** Any thrown value as a failure that can be posted to another thread. */
export function toFailureMessage(error: unknown): FailureMessage {
  if (error instanceof StoreError) return [error.kind, error.message];
  const code = resultCodeOf(error);
  // The low byte is the primary code; the rest says more than we need.
  const kind = code === undefined ? undefined : KIND_OF_RESULT_CODE[code & 0xff];
  return [kind ?? 'rejected', error instanceof Error ? error.message : String(error)];
}
