import { isJsonObject, type JsonObject, numberAt, objectAt, stringAt } from '../../../src/core/json.ts';
import { Faults, isCount, isObjectText, readStream } from './read-stream.ts';

/** How a stream ended: with its last event, with an error in it, or with neither. */
export type StreamEnding = 'end' | 'error' | 'open';

/** What a strict reader found. */
export type StreamReport = { faults: string[]; ending: StreamEnding };

/** Which deltas each kind of block takes; kinds that are not here take none. */
const DELTAS_OF: Readonly<Record<string, readonly string[]>> = {
  text: ['text_delta', 'citations_delta'],
  thinking: ['thinking_delta', 'signature_delta'],
  tool_use: ['input_json_delta'],
  server_tool_use: ['input_json_delta'],
};

/** What every block of a kind must hold as it opens. */
const OPENINGS: Readonly<Record<string, JsonObject>> = {
  text: { text: '' },
  thinking: { thinking: '', signature: '' },
  tool_use: { input: {} },
};

const COUNTERS = ['input_tokens', 'output_tokens', 'cache_read_input_tokens', 'cache_creation_input_tokens'] as const;

/** Stop reasons under which a call may be cut in the middle (P20). */
const CUT_REASONS: readonly string[] = ['max_tokens', 'refusal'];

/** Reads a stream of the Messages API as `anthropic-surface.md` §9 lays it down, without mercy. */
export function readMessagesStream(bytes: Uint8Array): StreamReport {
  const faults = new Faults();
  const reader = new MessagesReader(faults);
  for (const { event, data } of readStream(bytes, faults)) {
    if (typeof data === 'string') faults.expect(false, `no JSON object: ${data}`);
    else {
      faults.same(event, data['type'], 'the name of an event');
      reader.take(stringAt(data, 'type') ?? '', data);
    }
  }
  return { faults: faults.all, ending: reader.ending };
}

type OpenBlock = { index: number; type: string; json: string; last: string };

class MessagesReader {
  ending: StreamEnding = 'open';
  private readonly faults: Faults;
  private hasBegun = false;
  private hasDelta = false;
  private blocks = 0;
  private calls = 0;
  private hasBrokenCall = false;
  private open: OpenBlock | undefined;

  constructor(faults: Faults) {
    this.faults = faults;
  }

  take(type: string, data: JsonObject): void {
    const { faults } = this;
    faults.expect(this.ending === 'open', `${type} stands behind the end`);
    faults.expect(!('extra' in data), `${type} shows what is ours`);
    if (type === 'ping') return;
    faults.expect(this.hasBegun !== (type === 'message_start') || type === 'error', `${type} in the wrong place`);
    faults.expect(!this.hasDelta || type === 'message_stop' || type === 'error', `${type} behind message_delta`);
    switch (type) {
      case 'message_start':
        this.start(objectAt(data, 'message') ?? {});
        break;
      case 'content_block_start':
        this.openBlock(numberAt(data, 'index') ?? -1, objectAt(data, 'content_block') ?? {});
        break;
      case 'content_block_delta':
        this.grow(numberAt(data, 'index') ?? -1, objectAt(data, 'delta') ?? {});
        break;
      case 'content_block_stop':
        this.close(numberAt(data, 'index') ?? -1);
        break;
      case 'message_delta':
        this.settle(objectAt(data, 'delta') ?? {}, objectAt(data, 'usage'));
        break;
      case 'message_stop':
        faults.expect(this.hasDelta, 'message_stop without message_delta');
        this.ending = 'end';
        break;
      case 'error':
        faults.expect(typeof objectAt(data, 'error')?.['message'] === 'string', 'an error without a message');
        faults.expect(typeof objectAt(data, 'error')?.['type'] === 'string', 'an error without a type');
        this.ending = 'error';
        break;
      default:
        faults.expect(false, `an event ${type}`);
    }
  }

  private start(message: JsonObject): void {
    const { faults } = this;
    this.hasBegun = true;
    faults.expect(/^msg_/.test(stringAt(message, 'id') ?? ''), 'the id of the message');
    const { type, role, content, stop_reason, stop_sequence } = message;
    faults.same(
      { type, role, content, stop_reason, stop_sequence },
      { type: 'message', role: 'assistant', content: [], stop_reason: null, stop_sequence: null },
      'message_start',
    );
    faults.expect(typeof message['model'] === 'string', 'message_start without a model');
    this.checkUsage(objectAt(message, 'usage'));
  }

  private openBlock(index: number, block: JsonObject): void {
    const { faults } = this;
    const type = stringAt(block, 'type') ?? '';
    faults.expect(this.open === undefined, `block ${index} begins inside another`);
    faults.same(index, this.blocks, 'the index of a block');
    faults.expect(!('extra' in block), 'a block shows what is ours');
    for (const [field, empty] of Object.entries(OPENINGS[type] ?? {}))
      faults.same(block[field], empty, `${type}.${field}`);
    if (type === 'tool_use') {
      this.calls++;
      faults.expect(/^[a-zA-Z0-9_-]{1,64}$/.test(stringAt(block, 'id') ?? ''), 'the id of a call');
      faults.expect((stringAt(block, 'name') ?? '') !== '', 'a call without a name');
    }
    this.blocks++;
    this.open = { index, type, json: '', last: '' };
  }

  private grow(index: number, delta: JsonObject): void {
    const { faults, open } = this;
    const type = stringAt(delta, 'type') ?? '';
    faults.same(index, open?.index, 'the block of a delta');
    if (!open) return;
    faults.expect(DELTAS_OF[open.type]?.includes(type) ?? false, `${type} in a block of ${open.type}`);
    faults.expect(open.last !== 'signature_delta', 'a thinking block goes on behind its signature');
    open.json += stringAt(delta, 'partial_json') ?? '';
    open.last = type;
  }

  private close(index: number): void {
    const { faults, open } = this;
    faults.same(index, open?.index, 'the block that ends');
    this.open = undefined;
    if (!open) return;
    if (open.type === 'thinking') faults.same(open.last, 'signature_delta', 'the last delta of thinking');
    if (open.json !== '') this.hasBrokenCall ||= !isObjectText(open.json);
  }

  private settle(delta: JsonObject, usage: JsonObject | undefined): void {
    const { faults } = this;
    const reason = stringAt(delta, 'stop_reason') ?? '';
    this.hasDelta = true;
    faults.expect(this.open === undefined, 'message_delta inside a block');
    faults.expect(reason !== '', 'no stop reason');
    faults.expect('stop_sequence' in delta, 'no stop_sequence');
    faults.expect(!this.hasBrokenCall || CUT_REASONS.includes(reason), `a broken call under ${reason}`);
    if (reason === 'tool_use') faults.expect(this.calls > 0, 'tool_use without a call');
    if (reason === 'end_turn') faults.same(this.calls, 0, 'calls under end_turn');
    this.checkUsage(usage);
  }

  /** P54 P106: every counter, each a whole number. */
  private checkUsage(usage: JsonObject | undefined): void {
    for (const counter of COUNTERS) this.faults.expect(isCount(usage?.[counter]), `usage.${counter}`);
    const creation = usage?.['cache_creation'];
    if (!isJsonObject(creation)) return;
    const sum = Object.values(creation).reduce<number>((total, count) => total + (isCount(count) ? count : 0), 0);
    this.faults.same(sum, usage?.['cache_creation_input_tokens'], 'cache writes by lifetime');
  }
}
