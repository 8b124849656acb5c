import type { Frame } from '../../../core/dialect.ts';
import { isJsonObject, type JsonObject } from '../../../core/json.ts';

/** What a stream was found to be. */
export type WireReading = {
  /** Where it left its format, each fault once; empty when it kept to it. */
  faults: readonly string[];
  /** The arguments of its tool calls as they came, in order. */
  argumentTexts: readonly string[];
};

/** Reads the frames of one stream as its format lays them down: what it does not know is let through (U22). */
export type Grammar = {
  take(frame: Frame): void;
  /** What has been found once the stream is over. */
  end(): WireReading;
};

/** Collects what is wrong with a stream. */
export class Faults {
  private readonly found = new Set<string>();

  get all(): readonly string[] {
    return [...this.found];
  }

  /** Notes a fault unless `isRight`. */
  expect(isRight: boolean, fault: string): void {
    if (!isRight) this.found.add(fault);
  }
}

/** The payload of a frame; undefined, and a fault, when it is no JSON object. */
export function readPayload({ event, data }: Frame, faults: Faults): JsonObject | undefined {
  const payload = parseObject(data);
  faults.expect(payload !== undefined, `an event ${event} whose data is no JSON object`.replace('  ', ' '));
  return payload;
}

/** The JSON object that a text is; undefined when it is none. */
export function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
