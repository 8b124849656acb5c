import { isJsonObject, type Json, type JsonObject, stringAt } from '../../core/json.ts';
import type { ContentBlock } from '../../core/message.ts';
import { CallArguments } from '../shared/write-answer/call-arguments.ts';
import { type ItemPlace, ItemWriter } from './item-writer.ts';

/** A web search that the upstream ran: two canonical blocks, its call and its result, are one item (`translation.md` §7). */
export class SearchWriter extends ItemWriter {
  private readonly call: CallArguments;
  private readonly showsSources: boolean;
  private query = '';
  private sources: JsonObject[] = [];

  /** @param showsSources whether the client asked for `web_search_call.action.sources`. */
  constructor(place: ItemPlace, block: ContentBlock, showsSources: boolean) {
    super(place);
    this.call = new CallArguments(block);
    this.showsSources = showsSources;
  }

  form(): JsonObject {
    const sources = this.showsSources ? { sources: this.sources } : {};
    const action = { type: 'search', query: this.query, queries: [this.query], ...sources };
    return { id: this.id, type: 'web_search_call', status: this.status, action };
  }

  override open(): void {
    super.open();
    this.tell('response.web_search_call.in_progress');
  }

  grow(piece: string): void {
    this.call.add(piece);
  }

  /** The call is complete: from now on the upstream searches. */
  search(): void {
    this.call.finish();
    this.query = queryOf(this.call.text);
    this.tell('response.web_search_call.searching');
  }

  /** Takes the result: a list of pages, or an error. */
  found(content: Json | undefined): void {
    const pages = Array.isArray(content) ? content : undefined;
    this.sources = (pages ?? []).flatMap((page) => (isJsonObject(page) ? source(page) : []));
    this.tell('response.web_search_call.completed');
    this.finish(pages === undefined ? 'failed' : 'completed');
  }

  protected settle(): void {}
}

function source(page: JsonObject): JsonObject[] {
  const url = stringAt(page, 'url');
  return url === undefined ? [] : [{ type: 'url', url }];
}

function queryOf(json: string): string {
  try {
    const input: unknown = JSON.parse(json);
    return isJsonObject(input) ? (stringAt(input, 'query') ?? '') : '';
  } catch {
    return '';
  }
}
