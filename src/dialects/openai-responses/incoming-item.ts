import type { JsonObject } from '../../core/json.ts';

/** One item of `output` in the making. */
export type IncomingItem = {
  readonly isFinished: boolean;
  /** The model refuses in it. */
  readonly hasRefused: boolean;
  /** Takes an event that belongs to the item; one it does not know says nothing (U22). */
  push(type: string, data: JsonObject): void;
  /** Takes the finished item: what its events left out is in it (P3). */
  finish(item: JsonObject): void;
};
