import type { JsonObject } from '../../core/json.ts';
import type { ContentBlock } from '../../core/message.ts';
import { CallArguments, freeFormInput } from '../shared/write-answer/call-arguments.ts';
import type { CalledTool } from '../shared/write-answer/called-tools.ts';
import { type ItemPlace, ItemWriter } from './item-writer.ts';

/** A call of a tool that the client runs. */
abstract class CallWriter extends ItemWriter {
  protected readonly tool: CalledTool;
  protected readonly call: CallArguments;

  constructor(place: ItemPlace, block: ContentBlock, tool: CalledTool) {
    super(place);
    this.tool = tool;
    this.call = new CallArguments(block);
  }

  /** Takes a piece of the arguments. */
  abstract grow(piece: string): void;

  protected callForm(type: string): JsonObject {
    const { id: call_id, name, namespace } = this.tool;
    const { id, status } = this;
    return { id, type, status, call_id, name, ...(namespace !== undefined && { namespace }) };
  }
}

/** A call of a function. */
export class FunctionCallWriter extends CallWriter {
  form(): JsonObject {
    return { ...this.callForm('function_call'), arguments: this.call.text };
  }

  grow(piece: string): void {
    if (piece === '') return;
    this.call.add(piece);
    this.tell('response.function_call_arguments.delta', { delta: piece });
  }

  protected settle(): void {
    const rest = this.call.finish();
    if (rest !== '') this.tell('response.function_call_arguments.delta', { delta: rest });
    this.tell('response.function_call_arguments.done', { name: this.tool.name, arguments: this.call.text });
  }
}

/**
 * A call of a free-form tool, which must come back as such (`clients.md` §2, Codex): its input is told at once, since it
 * stands inside JSON whose end must be known.
 */
export class FreeFormCallWriter extends CallWriter {
  private input = '';

  form(): JsonObject {
    return { ...this.callForm('custom_tool_call'), input: this.input };
  }

  grow(piece: string): void {
    this.call.add(piece);
  }

  protected settle(): void {
    this.call.finish();
    this.input = freeFormInput(this.call.text);
    this.tell('response.custom_tool_call_input.delta', { delta: this.input });
    this.tell('response.custom_tool_call_input.done', { input: this.input });
  }
}
