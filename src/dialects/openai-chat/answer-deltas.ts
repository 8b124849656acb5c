import type { Answering, LossSink } from '../../core/dialect.ts';
import type { StreamEvent } from '../../core/event.ts';
import { type JsonObject, stringAt } from '../../core/json.ts';
import type { ContentBlock } from '../../core/message.ts';
import { AnswerEnding, type Ending } from '../shared/write-answer/answer-ending.ts';
import { argumentsPiece, CallArguments, freeFormInput } from '../shared/write-answer/call-arguments.ts';
import { type CalledTool, CalledTools } from '../shared/write-answer/called-tools.ts';
import { CitedPages } from '../shared/write-answer/cited-pages.ts';
import { droppedBlock, type OpenBlock, SILENT_BLOCK } from '../shared/write-answer/open-block.ts';

/** A piece of one tool call; all pieces of a call bear its `index`, only the first its id, type and name. */
export type ToolCallDelta = {
  index: number;
  id?: string;
  type?: 'function' | 'custom';
  function?: { name?: string; arguments: string };
  custom?: { name?: string; input: string };
};

/** What one chunk adds to the message. */
export type ChatDelta = {
  role?: 'assistant';
  content?: string;
  refusal?: string;
  reasoning_content?: string;
  reasoning_details?: JsonObject[];
  annotations?: JsonObject[];
  tool_calls?: ToolCallDelta[];
};

/** Takes the deltas of an answer in their order. */
export type DeltaSink = (delta: ChatDelta) => void;

/** Spells canonical events as deltas of one Chat message (`translation.md` §10.2). One per answer, streamed or whole. */
export class AnswerDeltas {
  readonly ending: AnswerEnding;
  private readonly tell: DeltaSink;
  private readonly report: LossSink;
  private readonly tools: CalledTools;
  private block: OpenBlock = SILENT_BLOCK;
  /** UTF-16 units of `content` so far: where annotations point to. */
  private contentLength = 0;
  /** Tool calls are counted by themselves, whatever blocks stand between them (P30, P76). */
  private callCount = 0;
  private detailCount = 0;

  constructor({ request, report }: Answering, tell: DeltaSink) {
    this.ending = new AnswerEnding(report);
    this.tools = new CalledTools(request);
    this.report = report;
    this.tell = tell;
  }

  take(event: StreamEvent): void {
    switch (event.type) {
      case 'message_start':
        this.ending.start(event.message);
        this.tell({ role: 'assistant', content: '' });
        return;
      case 'content_block_start':
        this.block = this.open(event.content_block, event.index);
        return;
      case 'content_block_delta':
        this.block.grow(event.delta);
        return;
      case 'content_block_stop':
        this.block.close();
        this.block = SILENT_BLOCK;
        return;
      case 'message_delta':
        this.ending.change({ ...event.extra, ...event.delta }, event.usage);
        return;
      case 'message_stop':
      case 'ping':
      case 'error':
        return;
      default:
        event satisfies never;
    }
  }

  /** What only the end of the answer tells; ask once. */
  finish(): Ending {
    const ending = this.ending.settle(this.callCount > 0);
    if (ending.refusal !== undefined) this.tell({ refusal: ending.refusal });
    return ending;
  }

  private open(block: ContentBlock, index: number): OpenBlock {
    switch (block.type) {
      case 'text':
        return this.openText(block, index);
      case 'thinking':
        return this.openThinking(block);
      case 'redacted_thinking':
        this.tellState(stringAt(block, 'data'));
        return SILENT_BLOCK;
      case 'tool_use':
        return this.openCall(block);
      default:
        return droppedBlock(block.type, index, this.report);
    }
  }

  private openText(block: ContentBlock, index: number): OpenBlock {
    const start = this.contentLength;
    const pages = new CitedPages(index, this.report);
    this.sayText(stringAt(block, 'text'));
    return {
      grow: (delta) => {
        if (delta.type === 'text_delta') this.sayText(stringAt(delta, 'text'));
        if (delta.type === 'citations_delta') pages.add(delta['citation']);
      },
      close: () => {
        if (pages.all.length === 0) return;
        const place = { start_index: start, end_index: this.contentLength };
        const annotations = pages.all.map((page) => ({ type: 'url_citation', url_citation: { ...place, ...page } }));
        this.tell({ annotations });
      },
    };
  }

  private sayText(text: string | undefined): void {
    if (text === undefined || text === '') return;
    this.contentLength += text.length;
    this.tell({ content: text });
  }

  /** Thinking is told beside the text, never in it (P6); its state follows when it is complete. */
  private openThinking(block: ContentBlock): OpenBlock {
    this.sayThinking(stringAt(block, 'thinking'));
    return {
      grow: (delta) => {
        if (delta.type === 'thinking_delta') this.sayThinking(stringAt(delta, 'thinking'));
        if (delta.type === 'signature_delta') this.tellState(stringAt(delta, 'signature'));
      },
      close: () => {},
    };
  }

  private sayThinking(thinking: string | undefined): void {
    if (thinking !== undefined && thinking !== '') this.tell({ reasoning_content: thinking });
  }

  /** A sealed state, to be given back (`translation.md` §6, P5, P95). */
  private tellState(data: string | undefined): void {
    if (data === undefined || data === '') return;
    this.tell({ reasoning_details: [{ type: 'reasoning.encrypted', data, index: this.detailCount }] });
    this.detailCount += 1;
  }

  private openCall(block: ContentBlock): OpenBlock {
    const index = this.callCount;
    this.callCount += 1;
    const call = this.tools.find(block);
    const { id, name } = call;
    if (call.isFreeForm) this.tellCall({ index, id, type: 'custom', custom: { name, input: '' } });
    else this.tellCall({ index, id, type: 'function', function: { name, arguments: '' } });
    return this.growingCall(block, index, call);
  }

  /** A free-form input is told at once: it stands inside JSON, whose end must be known. */
  private growingCall(block: ContentBlock, index: number, { isFreeForm }: CalledTool): OpenBlock {
    const call = new CallArguments(block);
    const tell = (piece: string) => {
      if (!isFreeForm && piece !== '') this.tellCall({ index, function: { arguments: piece } });
    };
    return {
      grow: (delta) => {
        const piece = argumentsPiece(delta);
        call.add(piece);
        tell(piece);
      },
      close: () => {
        tell(call.finish());
        if (isFreeForm) this.tellCall({ index, custom: { input: freeFormInput(call.text) } });
      },
    };
  }

  private tellCall(call: ToolCallDelta): void {
    this.tell({ tool_calls: [call] });
  }
}
