import type { Reading } from '../../../core/dialect.ts';
import { GatewayError } from '../../../core/error.ts';
import type { StreamEvent } from '../../../core/event.ts';
import type { JsonObject } from '../../../core/json.ts';
import type { LossCode } from '../../../core/loss.ts';
import {
  FreeFormToolBlock,
  isToolInput,
  TextBlock,
  ThinkingBlock,
  type ToolBlock,
  type ToolCallName,
  ToolUseBlock,
} from './answer-blocks.ts';
import { BlockSequence, type BlockState } from './block-sequence.ts';
import { errorEvent } from './error-event.ts';

/** Ids that clients and other upstreams take (`translation.md` §5). */
const ACCEPTED_ID = /^[a-zA-Z0-9_-]{1,64}$/;

/** Stop reasons under which the arguments of a call may end in the middle: they are kept as they are (P20). */
const CUT_REASONS: ReadonlySet<string> = new Set(['max_tokens', 'refusal']);

/** How an answer ended; `usage` in canonical names. */
export type AnswerEnd = { stopReason: string; usage: JsonObject };

/** The canonical events of one answer in the making: what both OpenAI formats need alike. One per answer. */
export class AnswerWriter {
  /** Why the answer failed, once it has. */
  failure: GatewayError | undefined;
  hasEnded = false;
  private readonly reading: Reading;
  private readonly sequence = new BlockSequence();
  private readonly tools: ToolBlock[] = [];
  private readonly ids = new Set<string>();
  private readonly reported = new Set<LossCode>();
  private events: StreamEvent[] = [];
  private hasBegun = false;
  private stop: string | undefined;

  constructor(reading: Reading) {
    this.reading = reading;
  }

  /** An emulated stop sequence has ended the answer: whatever the upstream still says is not part of it. */
  get isStopped(): boolean {
    return this.stop !== undefined;
  }

  get hasTools(): boolean {
    return this.tools.length > 0;
  }

  /** The events that have become due since the last call. */
  take(): StreamEvent[] {
    const { events } = this;
    if (!this.hasEnded) this.sequence.drain(events);
    this.events = [];
    return events;
  }

  /** Opens the answer, once: the input is estimated until the upstream says (P11). */
  begin(): void {
    if (this.hasBegun) return;
    this.hasBegun = true;
    const { tools, model, estimatedInput } = this.reading;
    this.events.push({
      type: 'message_start',
      message: {
        id: tools.newId('msg'),
        type: 'message',
        role: 'assistant',
        model,
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: {
          input_tokens: estimatedInput,
          cache_creation_input_tokens: 0,
          cache_read_input_tokens: 0,
          output_tokens: 0,
        },
      },
    });
  }

  addText(state: BlockState): TextBlock {
    const block = new TextBlock(state, this.reading.emulatedStops, (stop) => {
      this.stop ??= stop;
    });
    this.sequence.add(block);
    return block;
  }

  /** @param opaque as of `ThinkingBlock`. */
  addThinking(state: BlockState, opaque: () => JsonObject | undefined): ThinkingBlock {
    const { provider, tools } = this.reading;
    const seal = (data: JsonObject) => tools.envelope.seal({ origin: provider, data });
    const block = new ThinkingBlock(state, seal, opaque);
    this.sequence.add(block);
    return block;
  }

  /** @param named the upstream's id and name of the call as far as they are known when the block opens. */
  addToolUse(named: () => Partial<ToolCallName>): ToolUseBlock {
    const block = new ToolUseBlock(() => this.callerName(named()));
    this.sequence.add(block);
    this.tools.push(block);
    return block;
  }

  /** @param named as of `addToolUse`. */
  addFreeFormTool(named: () => Partial<ToolCallName>): FreeFormToolBlock {
    const block = new FreeFormToolBlock(() => this.callerName(named()));
    this.sequence.add(block);
    this.tools.push(block);
    return block;
  }

  /** Reports a loss of the answer, each kind once. */
  report(code: LossCode, field: string): void {
    if (this.reported.has(code)) return;
    this.reported.add(code);
    this.reading.report({ code, field });
  }

  /** Ends the answer; a tool call that nobody could run makes it fail instead (P20). */
  finish({ stopReason, usage }: AnswerEnd): void {
    if (this.hasEnded) return;
    this.begin();
    const isBroken = this.tools.some(({ text }) => !isToolInput(text));
    if (isBroken && !CUT_REASONS.has(stopReason)) {
      this.fail(new GatewayError('bad_upstream', 'The upstream ended a tool call whose arguments are not valid JSON'));
      return;
    }
    this.hasEnded = true;
    this.sequence.end(this.events);
    const ending =
      this.stop === undefined
        ? { stop_reason: stopReason, stop_sequence: null }
        : { stop_reason: 'stop_sequence', stop_sequence: this.stop };
    this.events.push({ type: 'message_delta', delta: ending, usage }, { type: 'message_stop' });
  }

  /** Ends the answer in an error, which is its last event (P15, P28). */
  fail(error: GatewayError): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.failure = error;
    this.events.push(errorEvent(error));
  }

  /** The upstream closed the connection before the answer was over. */
  failEarly(): void {
    this.fail(new GatewayError('bad_upstream', 'The upstream closed the stream early'));
  }

  private callerName({ id = '', name = '' }: Partial<ToolCallName>): ToolCallName {
    return { id: this.callId(id), name: this.reading.toolNames.get(name) ?? name };
  }

  /** The same id always becomes the same (P98); a missing one, or one that this answer has already used, is made (P21). */
  private callId(id: string): string {
    const { tools } = this.reading;
    const fitting = ACCEPTED_ID.test(id) ? id : `toolu_${tools.hash(id).slice(0, 24)}`;
    const unique = id === '' || this.ids.has(fitting) ? tools.newId('toolu') : fitting;
    this.ids.add(unique);
    return unique;
  }
}
