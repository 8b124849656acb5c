import type { Answering, CodecTools, LossSink } from '../../core/dialect.ts';
import type { GatewayError } from '../../core/error.ts';
import type { StreamEvent } from '../../core/event.ts';
import { type JsonObject, stringAt } from '../../core/json.ts';
import type { ContentBlock } from '../../core/message.ts';
import { toResponsesUsage } from '../shared/openai-usage.ts';
import { AnswerEnding } from '../shared/write-answer/answer-ending.ts';
import { argumentsPiece } from '../shared/write-answer/call-arguments.ts';
import { CalledTools } from '../shared/write-answer/called-tools.ts';
import { CitedPages } from '../shared/write-answer/cited-pages.ts';
import { droppedBlock, type OpenBlock, SILENT_BLOCK } from '../shared/write-answer/open-block.ts';
import { FreeFormCallWriter, FunctionCallWriter } from './call-writers.ts';
import { responseErrorOf } from './error.ts';
import type { ItemPlace, ItemWriter, Tell } from './item-writer.ts';
import { MessageWriter } from './message-writer.ts';
import { ReasoningWriter } from './reasoning-writer.ts';
import { ResponseObject, type ResponseState } from './response-object.ts';
import { SearchWriter } from './search-writer.ts';

/** Spells canonical events as items and events of one response (`translation.md` §10.3). One per answer, streamed or whole. */
export class AnswerOutput {
  private readonly tell: Tell;
  private readonly report: LossSink;
  private readonly ids: CodecTools;
  private readonly tools: CalledTools;
  private readonly includes: (entry: string) => boolean;
  private readonly object: ResponseObject;
  private readonly ending: AnswerEnding;
  private readonly items: ItemWriter[] = [];
  /** The last item, until another begins: how it ended is known only then, or with the whole answer. */
  private current: ItemWriter | undefined;
  private block: OpenBlock = SILENT_BLOCK;
  /** Searches without a result yet, by the id of their call. */
  private readonly searches = new Map<string, SearchWriter>();
  private hasCalls = false;
  private isCreated = false;

  constructor(answering: Answering, tell: Tell) {
    const { request, body, tools, report } = answering;
    const include = Array.isArray(body['include']) ? body['include'] : [];
    this.tell = tell;
    this.report = report;
    this.ids = tools;
    this.tools = new CalledTools(request);
    this.includes = (entry) => include.includes(entry);
    this.object = new ResponseObject(answering);
    this.ending = new AnswerEnding(report);
  }

  take(event: StreamEvent): void {
    switch (event.type) {
      case 'message_start':
        this.ending.start(event.message);
        this.create();
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

  /** Ends the answer. @returns the whole response, which the last event has told too. */
  finish(): JsonObject {
    const { incomplete, refusal } = this.ending.settle(this.hasCalls);
    if (refusal !== undefined) this.message().refuse(refusal);
    // A refusal that is told as such is a complete answer (`translation.md` §8).
    const reason = refusal === undefined ? incomplete : null;
    const status = reason === null ? 'completed' : 'incomplete';
    this.closeCurrent(status);
    for (const search of this.searches.values()) search.close('incomplete');
    const output = this.items.map((item) => item.form());
    const usage = toResponsesUsage(this.ending.usage);
    const response = this.respond({ status, incomplete: reason, output, usage });
    this.tell(`response.${status}`, { response });
    return response;
  }

  /** Ends the answer in an error, with what there is of it; also one that has not begun (P111). */
  fail(error: GatewayError): void {
    if (!this.isCreated) this.create();
    const output = this.items.map((item) => item.cut());
    const usage = Object.keys(this.ending.usage).length > 0 ? toResponsesUsage(this.ending.usage) : null;
    this.tell('response.failed', {
      response: this.respond({ status: 'failed', error: responseErrorOf(error), output, usage }),
    });
  }

  private create(): void {
    this.isCreated = true;
    const response = this.respond({ status: 'in_progress' });
    this.tell('response.created', { response });
    this.tell('response.in_progress', { response });
  }

  private respond(state: Pick<ResponseState, 'status'> & Partial<ResponseState>): JsonObject {
    const { serviceTier } = this.ending;
    return this.object.at({ output: [], error: null, incomplete: null, usage: null, serviceTier, ...state });
  }

  private open(block: ContentBlock, index: number): OpenBlock {
    switch (block.type) {
      case 'text':
        return this.openText(block, index);
      case 'thinking':
      case 'redacted_thinking':
        return this.openThinking(block);
      case 'tool_use':
        return this.openCall(block);
      case 'server_tool_use':
        return block['name'] === 'web_search' ? this.openSearch(block) : droppedBlock(block.type, index, this.report);
      case 'web_search_tool_result':
        return this.takeResult(block, index);
      default:
        return droppedBlock(block.type, index, this.report);
    }
  }

  private openText(block: ContentBlock, index: number): OpenBlock {
    const message = this.message();
    const pages = new CitedPages(index, this.report);
    const say = (text = '') => {
      if (text !== '') message.say(text);
    };
    message.openText();
    say(stringAt(block, 'text'));
    return {
      grow: (delta) => {
        if (delta.type === 'text_delta') say(stringAt(delta, 'text'));
        if (delta.type === 'citations_delta') pages.add(delta['citation']);
      },
      close: () => message.closeText(pages.all),
    };
  }

  /** The message that texts in a row share. */
  private message(): MessageWriter {
    if (this.current instanceof MessageWriter) return this.current;
    return this.begin(new MessageWriter(this.nextPlace('msg')));
  }

  private openThinking(block: ContentBlock): OpenBlock {
    const item = this.begin(new ReasoningWriter(this.nextPlace('rs'), this.includes('reasoning.encrypted_content')));
    const think = (text = '') => {
      if (text !== '') item.think(text);
    };
    const seal = (state = '') => {
      if (state !== '') item.seal(state);
    };
    think(stringAt(block, 'thinking'));
    seal(stringAt(block, 'data'));
    return {
      grow: (delta) => {
        if (delta.type === 'thinking_delta') think(stringAt(delta, 'thinking'));
        if (delta.type === 'signature_delta') seal(stringAt(delta, 'signature'));
      },
      close: () => {},
    };
  }

  private openCall(block: ContentBlock): OpenBlock {
    this.hasCalls = true;
    const tool = this.tools.find(block);
    const item = this.begin(
      tool.isFreeForm
        ? new FreeFormCallWriter(this.nextPlace('ctc'), block, tool)
        : new FunctionCallWriter(this.nextPlace('fc'), block, tool),
    );
    return { grow: (delta) => item.grow(argumentsPiece(delta)), close: () => {} };
  }

  private openSearch(block: ContentBlock): OpenBlock {
    const item = new SearchWriter(this.nextPlace('ws'), block, this.includes('web_search_call.action.sources'));
    this.begin(item);
    this.current = undefined;
    const callId = stringAt(block, 'id') ?? '';
    this.searches.get(callId)?.close('incomplete');
    this.searches.set(callId, item);
    return { grow: (delta) => item.grow(argumentsPiece(delta)), close: () => item.search() };
  }

  private takeResult(block: ContentBlock, index: number): OpenBlock {
    const callId = stringAt(block, 'tool_use_id') ?? '';
    const search = this.searches.get(callId);
    if (!search) return droppedBlock(block.type, index, this.report);
    this.searches.delete(callId);
    search.found(block['content']);
    return SILENT_BLOCK;
  }

  private begin<Item extends ItemWriter>(item: Item): Item {
    this.items.push(item);
    this.current = item;
    item.open();
    return item;
  }

  /** The place of the item that comes next; the one before it is complete. */
  private nextPlace(prefix: string): ItemPlace {
    this.closeCurrent('completed');
    return { id: this.ids.newId(prefix), outputIndex: this.items.length, tell: this.tell };
  }

  private closeCurrent(status: 'completed' | 'incomplete'): void {
    this.current?.close(status);
    this.current = undefined;
  }
}
