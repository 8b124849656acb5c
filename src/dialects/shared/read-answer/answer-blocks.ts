import { isJsonObject, type Json, type JsonObject } from '../../../core/json.ts';
import type { ContentBlock } from '../../../core/message.ts';
import type { AnswerBlock, BlockDelta, BlockState } from './block-sequence.ts';
import { JsonProgress } from './json-progress.ts';
import { StopScanner } from './stop-sequences.ts';

/** Text that the model says. An empty one never opens. */
export class TextBlock implements AnswerBlock {
  state: BlockState;
  private readonly scanner: StopScanner;
  private readonly onStop: (stop: string) => void;
  private deltas: BlockDelta[] = [];
  private pending = '';
  private isCut = false;

  /** @param onStop told which stop sequence ended the text; whatever comes after it is nobody's. */
  constructor(state: BlockState, stops: readonly string[], onStop: (stop: string) => void) {
    this.state = state;
    this.scanner = new StopScanner(stops);
    this.onStop = onStop;
  }

  get opening(): ContentBlock | undefined {
    return this.pending === '' && this.deltas.length === 0 ? undefined : { type: 'text', text: '' };
  }

  append(piece: string): void {
    if (this.isCut) return;
    const { text, stop } = this.scanner.push(piece);
    this.pending += text;
    if (stop === undefined) return;
    this.isCut = true;
    this.onStop(stop);
  }

  cite(citation: JsonObject): void {
    this.flush();
    this.deltas.push({ type: 'citations_delta', citation });
  }

  takeDeltas(): BlockDelta[] {
    this.flush();
    const { deltas } = this;
    this.deltas = [];
    return deltas;
  }

  settle(): void {
    this.pending += this.scanner.end();
  }

  closingDeltas(): BlockDelta[] {
    return [];
  }

  private flush(): void {
    if (this.pending !== '') this.deltas.push({ type: 'text_delta', text: this.pending });
    this.pending = '';
  }
}

/** Reasoning: its text, and the state that must come back with it, sealed as its signature (P5, P66). */
export class ThinkingBlock implements AnswerBlock {
  state: BlockState;
  private readonly seal: (data: JsonObject) => string;
  private readonly opaque: () => JsonObject | undefined;
  private text = '';
  private pending = '';
  private isSettled = false;

  /** @param opaque what must come back beside the text, asked for at the end; undefined where there is nothing. */
  constructor(state: BlockState, seal: (data: JsonObject) => string, opaque: () => JsonObject | undefined) {
    this.state = state;
    this.seal = seal;
    this.opaque = opaque;
  }

  /** Without text it opens at its end only, and only if there is something to give back (`translation.md` §10.4). */
  get opening(): ContentBlock | undefined {
    const hasSubstance = this.text !== '' || (this.isSettled && this.opaque() !== undefined);
    return hasSubstance ? { type: 'thinking', thinking: '', signature: '' } : undefined;
  }

  append(piece: string): void {
    this.text += piece;
    this.pending += piece;
  }

  takeDeltas(): BlockDelta[] {
    const thinking = this.pending;
    this.pending = '';
    return thinking === '' ? [] : [{ type: 'thinking_delta', thinking }];
  }

  settle(): void {
    this.isSettled = true;
  }

  /** Never without a signature, and never a made-up one (`translation.md` §6). */
  closingDeltas(): BlockDelta[] {
    return [{ type: 'signature_delta', signature: this.seal({ text: this.text, ...this.opaque() }) }];
  }
}

/** What a tool call is called by. */
export type ToolCallName = { id: string; name: string };

/**
 * A call of a function. Its arguments stream as they come, from the first character that shows them to be an object; what is
 * something else waits for the end.
 */
export class ToolUseBlock implements AnswerBlock {
  /** The arguments as they came (P115). */
  written = '';
  private readonly names: () => ToolCallName;
  private readonly progress = new JsonProgress();
  private pending = '';
  private isFinished = false;
  private isSettled = false;

  /** @param names the caller's name of the tool and the id of the call, asked for when the block opens. */
  constructor(names: () => ToolCallName) {
    this.names = names;
  }

  get state(): BlockState {
    if (this.isFinished) return 'finished';
    return this.isComplete ? 'yielding' : 'growing';
  }

  /** Until arguments come the name can still grow. */
  get opening(): ContentBlock | undefined {
    if (this.written === '' && !this.isFinished && !this.isSettled) return undefined;
    return { type: 'tool_use', ...this.names(), input: {} };
  }

  /** The arguments are one whole object. */
  get isComplete(): boolean {
    return this.progress.isComplete;
  }

  /** The arguments have begun and are not whole. */
  get isPartial(): boolean {
    return this.written !== '' && !this.isComplete;
  }

  /** The canonical input as JSON, as far as it is any. */
  get text(): string {
    return this.written;
  }

  append(piece: string): void {
    this.written += piece;
    this.pending += piece;
    this.progress.push(piece);
  }

  finish(): void {
    this.isFinished = true;
  }

  settle(): void {
    this.isSettled = true;
  }

  takeDeltas(): BlockDelta[] {
    return this.progress.first === '{' ? this.takeText() : [];
  }

  closingDeltas(): BlockDelta[] {
    return isNoInput(this.written) ? [] : this.takeText();
  }

  private takeText(): BlockDelta[] {
    const partial_json = this.pending;
    this.pending = '';
    return partial_json === '' ? [] : [{ type: 'input_json_delta', partial_json }];
  }
}

/** A call of a free-form tool: its text becomes the one string of a canonical input. */
export class FreeFormToolBlock implements AnswerBlock {
  /** The text as it came. */
  written = '';
  private readonly names: () => ToolCallName;
  private isFinished = false;
  private isOpened = false;
  private pending = '';

  /** @param names as of `ToolUseBlock`. */
  constructor(names: () => ToolCallName) {
    this.names = names;
  }

  get state(): BlockState {
    return this.isFinished ? 'finished' : 'growing';
  }

  get opening(): ContentBlock {
    return { type: 'tool_use', ...this.names(), input: {}, extra: { custom: true } };
  }

  /** The canonical input as JSON. */
  get text(): string {
    return JSON.stringify({ input: this.written });
  }

  /** Nobody can tell from a free text whether it is whole. */
  get isComplete(): boolean {
    return false;
  }

  get isPartial(): boolean {
    return false;
  }

  append(piece: string): void {
    this.pending += piece;
    this.written += piece;
  }

  finish(): void {
    this.isFinished = true;
  }

  settle(): void {
    this.isFinished = true;
  }

  takeDeltas(): BlockDelta[] {
    const isFirst = !this.isOpened;
    this.isOpened = true;
    const text = JSON.stringify(this.pending).slice(1, -1);
    this.pending = '';
    if (text === '' && !isFirst) return [];
    return [{ type: 'input_json_delta', partial_json: (isFirst ? '{"input":"' : '') + text }];
  }

  closingDeltas(): BlockDelta[] {
    return [{ type: 'input_json_delta', partial_json: '"}' }];
  }
}

/** A call of either kind. */
export type ToolBlock = ToolUseBlock | FreeFormToolBlock;

/** Arguments that stand for none at all (P19). */
function isNoInput(text: string): boolean {
  const trimmed = text.trim();
  return trimmed === '' || trimmed === 'null';
}

/** Whether a text is what a canonical tool input can be: one JSON object, or nothing. */
export function isToolInput(text: string): boolean {
  if (isNoInput(text)) return true;
  try {
    const value: Json = JSON.parse(text);
    return isJsonObject(value);
  } catch {
    return false;
  }
}
