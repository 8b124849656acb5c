import type { Principal } from '../access/principal.ts';
import type { Dialect, Operation } from '../core/dialect.ts';
import type { JsonObject } from '../core/json.ts';

/** The way back to the client. Nothing here throws: a client that has gone is told by `gone`. */
export type Responder = {
  /** Aborts when the client closes its connection before the answer is complete. */
  readonly gone: AbortSignal;
  /** Whether status and headers have been sent. A method: an accessor in a literal gives every object a shape of its own (decision 0015). */
  hasBegun(): boolean;
  /** Headers that the answer is to carry, whatever it will be; nothing once it has begun. */
  announce(headers: Record<string, string>): void;
  /** Sends status and headers; once. */
  begin(status: number, headers: Record<string, string>): void;
  /** Undefined when the client may get more at once, else a promise for when it may. */
  write(bytes: Uint8Array): Promise<void> | undefined;
  end(bytes?: Uint8Array): void;
};

/** One client request that has been read, checked for its form, and authenticated. */
export type ClientCall = {
  /** `req_…` */
  requestId: string;
  principal: Principal;
  dialect: Dialect;
  operation: Operation;
  /** As `node:http` gives them: lower-case names. */
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Decompressed, otherwise as sent. */
  body: Uint8Array;
  parsed: JsonObject;
  /** Unix ms. */
  receivedAt: number;
  /** Unix ms on from there, see `clockFrom`. */
  now(): number;
  responder: Responder;
};
