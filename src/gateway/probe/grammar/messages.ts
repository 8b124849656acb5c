import type { Frame } from '../../../core/dialect.ts';
import { type JsonObject, numberAt, objectAt, stringAt } from '../../../core/json.ts';
import { Faults, type Grammar, readPayload, type WireReading } from './reading.ts';

type OpenBlock = { index: number; isCall: boolean; input: string; text: string };

/** The order of events in a Messages stream (`anthropic-surface.md` §9). */
export class MessagesGrammar implements Grammar {
  private readonly faults = new Faults();
  private readonly argumentTexts: string[] = [];
  private hasBegun = false;
  private hasEnded = false;
  private hasSettled = false;
  private hasInput = false;
  private hasOutput = false;
  private blocks = 0;
  private open: OpenBlock | undefined;

  take(frame: Frame): void {
    const { faults } = this;
    const data = readPayload(frame, faults);
    if (!data) return;
    const type = stringAt(data, 'type') ?? '';
    faults.expect(frame.event === type, `an event named "${frame.event}" with type "${type}"`);
    if (type === 'ping') return;
    faults.expect(!this.hasEnded, `${type} behind message_stop`);
    faults.expect(type === 'error' || this.hasBegun !== (type === 'message_start'), `${type} in the wrong place`);
    this.read(type, data);
  }

  end(): WireReading {
    const { faults } = this;
    faults.expect(this.hasEnded, 'no message_stop at the end');
    faults.expect(this.hasSettled, 'no stop_reason in a message_delta');
    faults.expect(this.hasInput, 'no usage.input_tokens');
    faults.expect(this.hasOutput, 'no usage.output_tokens in message_delta');
    return { faults: faults.all, argumentTexts: this.argumentTexts };
  }

  private read(type: string, data: JsonObject): void {
    const index = numberAt(data, 'index') ?? -1;
    switch (type) {
      case 'message_start':
        this.hasBegun = true;
        this.readUsage(objectAt(objectAt(data, 'message') ?? {}, 'usage'));
        break;
      case 'content_block_start':
        this.openBlock(index, objectAt(data, 'content_block') ?? {});
        break;
      case 'content_block_delta':
        this.faults.expect(this.open?.index === index, `a delta of block ${index}, which is not open`);
        if (this.open) this.open.text += stringAt(objectAt(data, 'delta') ?? {}, 'partial_json') ?? '';
        break;
      case 'content_block_stop':
        this.closeBlock(index);
        break;
      case 'message_delta':
        this.settle(data);
        break;
      case 'message_stop':
        this.faults.expect(this.hasSettled, 'message_stop before message_delta');
        this.hasEnded = true;
        break;
      case 'error':
        this.faults.expect(false, `an error: ${stringAt(objectAt(data, 'error') ?? {}, 'message') ?? ''}`);
        break;
      default:
    }
  }

  private openBlock(index: number, block: JsonObject): void {
    const { faults } = this;
    faults.expect(!this.hasSettled, 'content_block_start behind message_delta');
    faults.expect(this.open === undefined, `block ${index} begins inside another`);
    faults.expect(index === this.blocks, `block ${index} where block ${this.blocks} belongs`);
    this.blocks++;
    const isCall = block['type'] === 'tool_use';
    this.open = { index, isCall, input: JSON.stringify(block['input'] ?? {}), text: '' };
  }

  private closeBlock(index: number): void {
    const { open } = this;
    this.faults.expect(open?.index === index, `the end of block ${index}, which is not open`);
    if (open?.isCall) this.argumentTexts.push(open.text === '' ? open.input : open.text);
    this.open = undefined;
  }

  private settle(data: JsonObject): void {
    this.faults.expect(this.open === undefined, 'message_delta inside a block');
    this.hasSettled ||= typeof objectAt(data, 'delta')?.['stop_reason'] === 'string';
    const usage = objectAt(data, 'usage');
    this.readUsage(usage);
    this.hasOutput ||= numberAt(usage ?? {}, 'output_tokens') !== undefined;
  }

  private readUsage(usage: JsonObject | undefined): void {
    this.hasInput ||= numberAt(usage ?? {}, 'input_tokens') !== undefined;
  }
}
