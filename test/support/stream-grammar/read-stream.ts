import { isJsonObject, type Json, type JsonObject } from '../../../src/core/json.ts';

/** One event as it stands in a stream: its name if it has one, and its JSON; `data` is a bare word where it is no JSON. */
export type WireEvent = { event: string | undefined; data: JsonObject | string };

/** Collects what is wrong with a stream. */
export class Faults {
  readonly all: string[] = [];

  /** Notes a fault unless `isRight`. */
  expect(isRight: boolean, fault: string): void {
    if (!isRight) this.all.push(fault);
  }

  /** Notes a fault unless both are the same JSON. */
  same(one: unknown, other: unknown, what: string): void {
    const [left, right] = [JSON.stringify(one), JSON.stringify(other)];
    this.expect(left === right, `${what}: ${left} is not ${right}`);
  }
}

/**
 * The events of a stream as a strict reader sees them: LF line ends, each event ended by one blank line, one `data` line each,
 * comments alone in their frame.
 */
export function readStream(bytes: Uint8Array, faults: Faults): WireEvent[] {
  const text = Buffer.from(bytes).toString();
  faults.expect(text === '' || text.endsWith('\n\n'), 'the stream ends inside an event');
  faults.expect(!text.includes('\r'), 'a carriage return stands in the stream');
  return text
    .split('\n\n')
    .slice(0, -1)
    .flatMap((frame) => readFrame(frame, faults));
}

function readFrame(frame: string, faults: Faults): WireEvent[] {
  if (/^: [^\n]*$/.test(frame)) return [];
  const parts = /^(?:event: ([^\n]+)\n)?data: ([^\n]+)$/.exec(frame);
  if (!parts) {
    faults.expect(false, `a frame that is no event: ${JSON.stringify(frame)}`);
    return [];
  }
  const [, event, text = ''] = parts;
  const data = parsed(text);
  return [{ event, data: isJsonObject(data) ? data : text }];
}

/** A whole number that nobody could mistake. */
export function isCount(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** Whether a text is a JSON object. */
export function isObjectText(text: string): boolean {
  return isJsonObject(parsed(text));
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
