import { GatewayError } from '../../core/error.ts';
import type { StreamEvent } from '../../core/event.ts';
import { type JsonObject, stringAt } from '../../core/json.ts';
import { isToolInput } from '../shared/read-answer/answer-blocks.ts';

/** Which deltas each kind of block takes (P4, P80); other kinds are not ours to judge (U22). */
const DELTAS_OF: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['text', new Set(['text_delta', 'citations_delta'])],
  ['thinking', new Set(['thinking_delta', 'signature_delta'])],
  ['tool_use', new Set(['input_json_delta'])],
]);

/** The deltas that say something: one that nobody takes would be lost. */
const KNOWN_DELTAS: ReadonlySet<string> = new Set([...DELTAS_OF.values()].flatMap((deltas) => [...deltas]));

/** Stop reasons under which the input of a call may end in the middle: it is kept as it is (P20). */
const CUT_REASONS: ReadonlySet<string> = new Set(['max_tokens', 'model_context_window_exceeded', 'refusal']);

/** The block that is open: its index as the upstream counts and as we do, and what its deltas have said of an input. */
type OpenBlock = { given: number; index: number; type: string; json: string };

/**
 * Holds the events of one stream to the order of `anthropic-surface.md` §9, on which every encoder relies: many vendors imitate
 * the API, not all of them well. What can be understood is put right (P29, P30, P79); what cannot makes the answer fail.
 */
export class EventOrder {
  private hasBegun = false;
  private open: OpenBlock | undefined;
  private blocks = 0;
  private stopReason = '';
  private hasBrokenCall = false;

  /**
   * The events to go on with in the place of this one.
   * @throws GatewayError `bad_upstream` when it makes no sense where it stands.
   */
  take(event: StreamEvent): StreamEvent[] {
    if (event.type === 'ping' || event.type === 'error') return [event];
    if (event.type === 'message_start') return this.begin(event);
    if (!this.hasBegun) throw misplaced(`${event.type} before message_start`);
    switch (event.type) {
      case 'content_block_start':
        return [...this.close(), { ...event, index: this.begun(event.index, event.content_block.type) }];
      case 'content_block_delta':
        return this.grow(event.index, event.delta);
      case 'content_block_stop':
        return this.open?.given === event.index ? this.close() : [];
      case 'message_delta':
        this.stopReason = stringAt(event.delta, 'stop_reason') ?? this.stopReason;
        return [...this.close(), event];
      case 'message_stop':
        return [...this.end(), event];
      default:
        return event satisfies never;
    }
  }

  private begin(event: StreamEvent): StreamEvent[] {
    if (this.hasBegun) return [];
    this.hasBegun = true;
    return [event];
  }

  private begun(given: number, type: string): number {
    const index = this.blocks++;
    this.open = { given, index, type, json: '' };
    return index;
  }

  private grow(given: number, delta: { type: string } & JsonObject): StreamEvent[] {
    const { open } = this;
    const isOpen = open?.given === given;
    const takes = isOpen && (DELTAS_OF.get(open.type)?.has(delta.type) ?? true);
    if (!takes && KNOWN_DELTAS.has(delta.type)) throw misplaced(`${delta.type} outside a block that takes it`);
    if (!isOpen) return [];
    if (delta.type === 'input_json_delta') open.json += stringAt(delta, 'partial_json') ?? '';
    return [{ type: 'content_block_delta', index: open.index, delta }];
  }

  private close(): StreamEvent[] {
    const { open } = this;
    if (!open) return [];
    this.open = undefined;
    this.hasBrokenCall ||= open.type === 'tool_use' && !isToolInput(open.json);
    return [{ type: 'content_block_stop', index: open.index }];
  }

  private end(): StreamEvent[] {
    const closing = this.close();
    if (this.hasBrokenCall && !CUT_REASONS.has(this.stopReason)) {
      throw new GatewayError('bad_upstream', 'The upstream ended a tool call whose arguments are not valid JSON');
    }
    return closing;
  }
}

function misplaced(what: string): GatewayError {
  return new GatewayError('bad_upstream', `The upstream sent ${what}`);
}
