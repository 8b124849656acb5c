import type { Frame } from '../../../core/dialect.ts';
import { type JsonObject, numberAt, objectAt, stringAt } from '../../../core/json.ts';
import { Faults, type Grammar, readPayload, type WireReading } from './reading.ts';

/** The events that end a response. */
const TERMINAL: ReadonlySet<string> = new Set(['response.completed', 'response.incomplete', 'response.failed']);

/** The order of events in a Responses stream (`translation.md` §10.3). */
export class ResponsesGrammar implements Grammar {
  private readonly faults = new Faults();
  private readonly argumentTexts: string[] = [];
  /** Items that have begun and not ended, by their index. */
  private readonly open = new Set<number>();
  private sequence = Number.NEGATIVE_INFINITY;
  private hasBegun = false;
  private hasEnded = false;
  private hasUsage = false;

  take(frame: Frame): void {
    const { faults } = this;
    const data = readPayload(frame, faults);
    if (!data) return;
    const type = stringAt(data, 'type') ?? '';
    faults.expect(frame.event === type, `an event named "${frame.event}" with type "${type}"`);
    faults.expect(!this.hasEnded, `${type} behind the end of the response`);
    faults.expect(this.hasBegun || type === 'response.created', `${type} before response.created`);
    this.hasBegun = true;
    this.readSequence(numberAt(data, 'sequence_number'));
    if (TERMINAL.has(type)) this.finish(type, objectAt(data, 'response') ?? {});
    else this.readItem(type, data);
  }

  end(): WireReading {
    this.faults.expect(this.hasEnded, 'no event that ends the response');
    this.faults.expect(this.hasUsage, 'no usage in the event that ends the response');
    return { faults: this.faults.all, argumentTexts: this.argumentTexts };
  }

  private readSequence(number: number | undefined): void {
    if (number === undefined) return;
    this.faults.expect(number > this.sequence, 'sequence_number does not grow');
    this.sequence = number;
  }

  private readItem(type: string, data: JsonObject): void {
    const { faults, open } = this;
    const index = numberAt(data, 'output_index');
    if (index === undefined) return;
    if (type === 'response.output_item.added') {
      faults.expect(!open.has(index), `item ${index} is added twice`);
      open.add(index);
      return;
    }
    faults.expect(open.has(index), `${type} of an item that is not open`);
    if (type !== 'response.output_item.done') return;
    open.delete(index);
    const item = objectAt(data, 'item') ?? {};
    if (item['type'] === 'function_call') this.argumentTexts.push(stringAt(item, 'arguments') ?? '');
  }

  private finish(type: string, response: JsonObject): void {
    this.hasEnded = true;
    const { faults, open } = this;
    const message = stringAt(objectAt(response, 'error') ?? {}, 'message') ?? '';
    faults.expect(type !== 'response.failed', `an error: ${message}`);
    faults.expect(type !== 'response.completed' || open.size === 0, 'the response is completed with an item open');
    this.hasUsage = numberAt(objectAt(response, 'usage') ?? {}, 'output_tokens') !== undefined;
  }
}
