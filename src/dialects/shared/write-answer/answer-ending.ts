import type { LossSink } from '../../../core/dialect.ts';
import { type JsonObject, objectAt, stringAt } from '../../../core/json.ts';
import type { LossCode } from '../../../core/loss.ts';
import type { Message } from '../../../core/message.ts';

/** `finish_reason` of Chat Completions. */
export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter';

/** `incomplete_details.reason` of Responses. */
export type IncompleteReason = 'max_output_tokens' | 'content_filter';

/** How a stop reason is told; one that is not exact has no counterpart of its own. */
type Stop = { finish: FinishReason; incomplete: IncompleteReason | null; isExact: boolean };

const COMPLETED: Stop = { finish: 'stop', incomplete: null, isExact: true };
const NEAREST: Stop = { ...COMPLETED, isExact: false };

/** `translation.md` §8; any other reason is told as a plain end, and reported. */
export const STOPS: ReadonlyMap<string, Stop> = new Map([
  ['end_turn', COMPLETED],
  ['stop_sequence', COMPLETED],
  ['tool_use', COMPLETED],
  ['max_tokens', { finish: 'length', incomplete: 'max_output_tokens', isExact: true }],
  ['model_context_window_exceeded', { finish: 'length', incomplete: 'max_output_tokens', isExact: false }],
  ['refusal', { finish: 'content_filter', incomplete: 'content_filter', isExact: true }],
]);

/** Fields at the end of an answer that neither OpenAI format has. */
const DROPPED_FIELDS: readonly (readonly [string, LossCode])[] = [
  ['stop_sequence', 'stop_sequence_dropped'],
  ['container', 'container_dropped'],
  ['context_management', 'context_management_dropped'],
];

/** `service_tier` by the one that Messages reports (`translation.md` §7). */
const SERVICE_TIERS: ReadonlyMap<string, string> = new Map([
  ['standard', 'default'],
  ['priority', 'priority'],
]);

/** How an answer ended, in OpenAI's terms. */
export type Ending = {
  finish: FinishReason;
  incomplete: IncompleteReason | null;
  /** Why the model refused, in its own words. */
  refusal: string | undefined;
};

/** Gathers what is known of an answer as a whole: its usage, and why it stopped. One per answer. */
export class AnswerEnding {
  /** The last that was reported of each counter, in canonical names. */
  usage: JsonObject = {};
  private fields: JsonObject = {};
  private readonly report: LossSink;

  constructor(report: LossSink) {
    this.report = report;
  }

  /** Takes the opening of the answer. */
  start({ usage, content: _told, ...fields }: Message): void {
    this.change(fields, usage);
  }

  /** Takes a later word: a counter or field replaces the earlier one, a null leaves it (P56, P57). */
  change(fields: JsonObject, usage: JsonObject): void {
    this.fields = { ...this.fields, ...withoutNulls(fields) };
    this.usage = { ...this.usage, ...withoutNulls(usage) };
  }

  /** The tier in OpenAI's terms, once it is known and has a name there. */
  get serviceTier(): string | undefined {
    return SERVICE_TIERS.get(stringAt(this.usage, 'service_tier') ?? '');
  }

  /**
   * How the answer ended; what cannot be told is reported, so ask once.
   * @param hasCalls whether the client was given any tool call: that decides, whatever the upstream said (P43, P82).
   */
  settle(hasCalls: boolean): Ending {
    const reason = stringAt(this.fields, 'stop_reason') ?? 'end_turn';
    const { finish, incomplete, isExact } = STOPS.get(reason) ?? NEAREST;
    if (!isExact) this.report({ code: 'stop_reason_changed', field: 'answer.stop_reason' });
    for (const [field, code] of DROPPED_FIELDS) {
      if (this.fields[field] !== undefined) this.report({ code, field: `answer.${field}` });
    }
    const isCall = finish === 'stop' && hasCalls;
    const refusal = finish === 'content_filter' ? objectAt(this.fields, 'stop_details')?.['explanation'] : undefined;
    return {
      finish: isCall ? 'tool_calls' : finish,
      incomplete,
      refusal: typeof refusal === 'string' && refusal !== '' ? refusal : undefined,
    };
  }
}

function withoutNulls(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null));
}
