import type { Frame, PassedFrame, RelayNames, RelayTap } from '../../core/dialect.ts';
import { GatewayError } from '../../core/error.ts';
import { isJsonObject, type JsonObject, objectAt, stringAt } from '../../core/json.ts';
import type { Usage } from '../../core/usage.ts';
import { type TextRates, USUAL_RATES } from '../../core/written-text.ts';
import { parseFrame } from '../../framing/sse-frames.ts';
import { frameData } from '../shared/frame-data.ts';
import { bufferOf, spliceFrame, spliceUsualFrame } from '../shared/raw-frame.ts';
import { TextCount } from '../shared/text-count.ts';
import { NOTHING } from '../shared/write-answer/outbox.ts';
import { formatStreamError, streamErrorOf } from './error.ts';
import { readFinish } from './finish-reasons.ts';
import { overlayChatUsage } from './usage.ts';

/** What ends every stream of this format, but for those of some vendors (P117). */
const DONE = '[DONE]';

/** Fields of a delta that hold what the model wrote, as they stand on the wire. */
const OUTPUT_FIELDS = ['content', 'reasoning_content', 'reasoning', 'refusal', 'arguments', 'input'] as const;
const OUTPUT_OPENINGS = OUTPUT_FIELDS.map((field) => `"${field}":"`);
const THINKING_OPENINGS: readonly string[] = ['"reasoning_content":"', '"reasoning":"'];
const THINKING_FIELDS: readonly string[] = ['reasoning_content', 'reasoning'];

const NO_FINISH = '"finish_reason":null';
/** Inside a JSON string these could only stand with escaped quotation marks. */
const TELLING = ['"usage":{', '"error":'];

/** Watches a relayed stream: deltas, which are nearly all of it, are not even parsed. */
export function createRelayTap(names: RelayNames): RelayTap {
  return new ChatRelayTap(names);
}

class ChatRelayTap implements RelayTap {
  usage: Usage = {};
  error: GatewayError | undefined;
  private readonly names: RelayNames;
  private readonly hidesUsage: boolean;
  readonly written = new TextCount();
  private isFinished = false;

  constructor(names: RelayNames) {
    this.names = names;
    this.hidesUsage = objectAt(names.body, 'stream_options')?.['include_usage'] !== true;
  }

  take(raw: Uint8Array): PassedFrame {
    const usual = this.takeUsualDelta(raw);
    if (usual) return { phase: 'content', bytes: usual };
    const frame = parseFrame(raw);
    if (!frame) return { phase: 'lifecycle', bytes: raw };
    if (frame.data.trim() === DONE) return { phase: 'end', bytes: raw };
    const chunk = frameData(frame);
    return chunk ? this.takeChunk(raw, frame, chunk) : this.takeUnreadable(raw, frame);
  }

  /** Without `[DONE]` an answer is complete once it has said why it ended (P117); before, it is cut (P15). */
  end(): PassedFrame {
    return { phase: this.isFinished ? 'end' : 'lifecycle', bytes: NOTHING };
  }

  estimatedOutput(rates: TextRates = USUAL_RATES): number {
    return Math.max(this.usage.output ?? 0, rates.tokensOf(this.written));
  }

  fail(error: GatewayError): Uint8Array {
    return formatStreamError(error);
  }

  private takeChunk(raw: Uint8Array, frame: Frame, chunk: JsonObject): PassedFrame {
    this.usage = overlayChatUsage(this.usage, chunk, this.names.quirks);
    if (isErrorChunk(chunk, frame)) return this.failed(raw, streamErrorOf(chunk));
    const choices = Array.isArray(chunk['choices']) ? chunk['choices'].filter(isJsonObject) : [];
    // Asked for by us, to know what is billed: the client has not.
    const isUsageOnly = choices.length === 0 && isJsonObject(chunk['usage']);
    if (isUsageOnly && this.hidesUsage) return { phase: 'content', bytes: NOTHING };
    for (const choice of choices) {
      const reason = stringAt(choice, 'finish_reason');
      if (reason === undefined) continue;
      const finish = readFinish(reason);
      if (finish.kind === 'failed') {
        return this.failed(raw, new GatewayError(finish.error, `The upstream ended its answer with "${reason}"`));
      }
      this.isFinished = true;
    }
    const isContent = isUsageOnly || choices.some((choice) => this.countChoice(choice));
    return { phase: isContent ? 'content' : 'lifecycle', bytes: this.withPublicModel(raw, frame) };
  }

  /** A frame whose JSON is broken passes on, and says only what its name says (U7). */
  private takeUnreadable(raw: Uint8Array, frame: Frame): PassedFrame {
    return frame.event === 'error' ? this.failed(raw, streamErrorOf({})) : { phase: 'lifecycle', bytes: raw };
  }

  /** The upstream's own words, but for what it says of our credential: those can quote it (U14). */
  private failed(raw: Uint8Array, error: GatewayError): PassedFrame {
    this.error = error;
    return { phase: 'error', bytes: error.kind === 'upstream_auth' ? formatStreamError(error) : raw };
  }

  /** A delta as nearly every vendor writes it; undefined for a frame that must be looked into. */
  private takeUsualDelta(raw: Uint8Array): Uint8Array | undefined {
    const frame = bufferOf(raw);
    const text = frame.toString('latin1');
    if (!text.includes(NO_FINISH) || TELLING.some((key) => text.includes(key))) return undefined;
    const { publicModel } = this.names;
    const bytes = publicModel === undefined ? raw : spliceUsualFrame(frame, ['model'], publicModel);
    return bytes && this.countUsual(frame, text) ? bytes : undefined;
  }

  /** @param text of the frame as Latin-1: searching a string is many times faster than searching a buffer. */
  private countUsual(frame: Buffer, text: string): boolean {
    let hasText = false;
    for (const opening of OUTPUT_OPENINGS) {
      const found = text.indexOf(opening);
      if (found === -1 || !this.written.addJson(frame, found + opening.length)) continue;
      hasText = true;
      this.written.hasThinking ||= THINKING_OPENINGS.includes(opening);
    }
    return hasText;
  }

  /** Counts what a choice says. True when it says anything beyond the role that opens every answer. */
  private countChoice(choice: JsonObject): boolean {
    const delta = objectAt(choice, 'delta') ?? {};
    const calls = Array.isArray(delta['tool_calls']) ? delta['tool_calls'].filter(isJsonObject) : [];
    const written = [
      delta,
      ...calls.flatMap((call) => [objectAt(call, 'function') ?? {}, objectAt(call, 'custom') ?? {}]),
    ];
    for (const field of OUTPUT_FIELDS) {
      for (const each of written) this.countField(field, stringAt(each, field) ?? '');
    }
    if (typeof choice['finish_reason'] === 'string') return true;
    return Object.entries(delta).some(([key, value]) => key !== 'role' && !isEmpty(value));
  }

  private countField(field: string, text: string): void {
    this.written.addText(text);
    if (text !== '') this.written.hasThinking ||= THINKING_FIELDS.includes(field);
  }

  private withPublicModel(raw: Uint8Array, frame: Frame): Uint8Array {
    const { publicModel } = this.names;
    return publicModel === undefined ? raw : spliceFrame(raw, frame, ['model'], publicModel);
  }
}

function isErrorChunk(chunk: JsonObject, frame: Frame): boolean {
  return (chunk['error'] ?? null) !== null || chunk['object'] === 'error' || frame.event === 'error';
}

function isEmpty(value: unknown): boolean {
  return value === null || value === '' || (Array.isArray(value) && value.length === 0);
}
