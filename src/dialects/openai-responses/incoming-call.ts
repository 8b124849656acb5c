import { type JsonObject, stringAt } from '../../core/json.ts';
import type { ToolBlock } from '../shared/read-answer/answer-blocks.ts';
import type { AnswerWriter } from '../shared/read-answer/answer-writer.ts';
import { missingText } from '../shared/read-answer/missing-text.ts';
import { argumentText } from '../shared/write-answer/argument-text.ts';
import type { IncomingItem } from './incoming-item.ts';

/** How the two kinds of call name what they are called with. */
const INPUT_FIELDS: Readonly<Record<string, 'arguments' | 'input'>> = {
  function_call: 'arguments',
  custom_tool_call: 'input',
};

/** Whether an item is a call of one of the caller's tools. */
export function isCall(item: JsonObject): boolean {
  return Object.hasOwn(INPUT_FIELDS, stringAt(item, 'type') ?? '');
}

/** A `function_call` or `custom_tool_call` item. It is known by its call id: the item's own id means nothing elsewhere (P99). */
export class IncomingCall implements IncomingItem {
  readonly hasRefused = false;
  isFinished = false;
  private readonly field: 'arguments' | 'input';
  private readonly block: ToolBlock;

  /** @param item with a name. */
  constructor(writer: AnswerWriter, item: JsonObject) {
    const called = { id: stringAt(item, 'call_id') || stringAt(item, 'id') || '', name: stringAt(item, 'name') ?? '' };
    this.field = INPUT_FIELDS[stringAt(item, 'type') ?? ''] ?? 'arguments';
    this.block = this.field === 'input' ? writer.addFreeFormTool(() => called) : writer.addToolUse(() => called);
  }

  push(type: string, data: JsonObject): void {
    switch (type) {
      case 'response.function_call_arguments.delta':
      case 'response.custom_tool_call_input.delta':
        this.block.append(stringAt(data, 'delta') ?? '');
        break;
      case 'response.function_call_arguments.done':
      case 'response.custom_tool_call_input.done':
        this.complete(data);
        break;
    }
  }

  finish(item: JsonObject): void {
    if (this.isFinished) return;
    this.complete(item);
    this.block.finish();
    this.isFinished = true;
  }

  private complete(holder: JsonObject): void {
    this.block.append(missingText(this.block.written, argumentText(holder[this.field] ?? null)));
  }
}
