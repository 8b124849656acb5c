import type { LossSink } from '../../../core/dialect.ts';
import { isJsonObject, type JsonObject } from '../../../core/json.ts';
import type { ContentBlock, MessageParam, MessagesRequest, Role } from '../../../core/message.ts';
import { refuse } from '../fields.ts';

/** One turn in the making, linked to the next, since a turn of results may have to come between. */
type Turn = {
  role: Role;
  /** Results of tools; they stand before the content. */
  results: ContentBlock[];
  content: ContentBlock[];
  /** Undefined until a message of the client has had its say in it. */
  extra: JsonObject | undefined;
  next: Turn | undefined;
};

/** A call that waits for its result. */
type OpenCall = { id: string; field: string; turn: Turn; isCustom: boolean };

/** How many ids an error names at most. */
const MAX_IDS_NAMED = 10;

/** How a format speaks of calls and results that lack each other; programs match OpenAI's words. */
export type OrphanWording = {
  callWithoutResult(ids: readonly string[]): string;
  resultWithoutCall(id: string): string;
};

/** What stands for a user's turn without content, which Messages refuses (P37). */
const NO_CONTENT = '(no content)';

/**
 * Puts OpenAI's flat messages and items together into turns (P53): what one side says in a row is one turn, and the results
 * of tools stand first in the user's turn right behind the calls. Nothing here depends on what follows, so that a longer
 * history begins with the very same turns.
 */
export class Conversation {
  readonly #system: ContentBlock[] = [];
  #first: Turn | undefined;
  #last: Turn | undefined;
  readonly #openCalls = new Map<string, OpenCall>();
  /** How often each call id has been used. */
  readonly #uses = new Map<string, number>();
  readonly #wording: OrphanWording;
  readonly #report: LossSink;

  constructor(wording: OrphanWording, report: LossSink) {
    this.#wording = wording;
    this.#report = report;
  }

  /** System text: before the first turn it is the system prompt, later it stays in its place (P52). */
  addSystem(content: ContentBlock[], extra: JsonObject, field: string): void {
    if (content.length === 0) {
      this.#report({ code: 'empty_content_dropped', field });
    } else if (this.#first !== undefined) {
      this.#addMessage('system', content, extra);
    } else {
      append(this.#system, content);
      if (extra['name'] !== undefined) this.#report({ code: 'name_dropped', field: `${field}.name` });
    }
  }

  addUser(content: ContentBlock[], extra: JsonObject, field: string): void {
    if (content.length === 0) this.#report({ code: 'empty_content_dropped', field });
    this.#addMessage('user', content, extra);
  }

  /** `isAlone`: the message holds nothing else, so that an empty one is left out and reported. */
  addAssistant(content: ContentBlock[], extra: JsonObject, field: string, isAlone: boolean): void {
    if (content.length > 0) this.#addMessage('assistant', content, extra);
    else if (isAlone) this.#report({ code: 'empty_content_dropped', field });
  }

  /** What stands beside the messages in the assistant's turn: thinking. */
  addThinking(block: ContentBlock): void {
    this.#openTurn('assistant').content.push(block);
  }

  /**
   * A call of a tool; `block` lacks only its type and id. An id that an earlier call had is made unique.
   * @throws GatewayError `invalid_request` when a call of this id still waits for its result.
   */
  addToolCall(id: string, name: string, block: JsonObject, field: string): void {
    if (this.#openCalls.has(id)) refuse(field, `The call id '${id}' stands for two calls at once`);
    const uses = (this.#uses.get(id) ?? 0) + 1;
    this.#uses.set(id, uses);
    const unique = uses === 1 ? id : `${id}_${uses}`;
    if (unique !== id) this.#report({ code: 'tool_id_changed', field });
    const turn = this.#openTurn('assistant');
    turn.content.push({ type: 'tool_use', id: unique, name, ...block });
    const isCustom = isJsonObject(block['extra']) && block['extra']['custom'] === true;
    this.#openCalls.set(id, { id: unique, field, turn, isCustom });
  }

  /**
   * What a tool answered; goes behind the results that already stand right behind its call.
   * @throws GatewayError `invalid_request` when no call waits for it (P112).
   */
  addToolResult(id: string, result: { content: ContentBlock[]; mark?: JsonObject }, field: string): void {
    const call = this.#openCalls.get(id);
    if (call === undefined) refuse(field, this.#wording.resultWithoutCall(id));
    this.#openCalls.delete(id);
    const turn = this.#resultTurn(call.turn);
    if (turn !== this.#last || turn.content.length > 0) this.#report({ code: 'order_changed', field });
    turn.results.push({
      type: 'tool_result',
      tool_use_id: call.id,
      ...(result.content.length === 0 ? {} : { content: result.content }),
      ...result.mark,
      ...(call.isCustom ? { extra: { custom: true } } : {}),
    });
  }

  /**
   * The finished conversation.
   * @throws GatewayError `invalid_request` when a call has got no result (P112), or nothing was said.
   */
  finish(field: string): Pick<MessagesRequest, 'system' | 'messages'> {
    const [firstOpen] = this.#openCalls.values();
    if (firstOpen !== undefined) {
      const ids = [...this.#openCalls.keys()].slice(0, MAX_IDS_NAMED);
      refuse(firstOpen.field, this.#wording.callWithoutResult(ids));
    }
    if (this.#first === undefined) this.#letSystemAsk(field);
    const messages: MessageParam[] = [];
    for (let turn = this.#first; turn !== undefined; turn = turn.next) messages.push(messageOf(turn));
    return this.#system.length === 0 ? { messages } : { system: this.#system, messages };
  }

  /** Where there is nothing but system text, Messages takes the last of it as the user's. */
  #letSystemAsk(field: string): void {
    const last = this.#system.pop();
    if (last === undefined) refuse(field, 'Must hold a message with content');
    this.#report({ code: 'system_moved_into_user', field });
    this.#addMessage('user', [last], {});
  }

  #addMessage(role: Role, content: readonly ContentBlock[], extra: JsonObject): void {
    const last = this.#last;
    const joins = last?.role === role && (last.extra === undefined || isSameExtra(last.extra, extra));
    const turn = joins ? last : this.#insertBehind(last, role);
    turn.extra = extra;
    append(turn.content, content);
  }

  #openTurn(role: Role): Turn {
    return this.#last?.role === role ? this.#last : this.#insertBehind(this.#last, role);
  }

  /** The user's turn right behind a turn with calls, made where there is none. */
  #resultTurn(callTurn: Turn): Turn {
    return callTurn.next?.role === 'user' ? callTurn.next : this.#insertBehind(callTurn, 'user');
  }

  #insertBehind(before: Turn | undefined, role: Role): Turn {
    const turn: Turn = { role, results: [], content: [], extra: undefined, next: before?.next };
    if (before === undefined) this.#first = turn;
    else before.next = turn;
    if (before === this.#last) this.#last = turn;
    return turn;
  }
}

function messageOf({ role, results, content, extra }: Turn): MessageParam {
  const blocks = results.length === 0 ? content : [...results, ...content];
  const message: MessageParam = { role, content: blocks.length === 0 ? [{ type: 'text', text: NO_CONTENT }] : blocks };
  if (extra !== undefined && Object.keys(extra).length > 0) message['extra'] = extra;
  return message;
}

/** Not `push(...)`, whose arguments the stack must hold. */
function append(list: ContentBlock[], blocks: readonly ContentBlock[]): void {
  for (const block of blocks) list.push(block);
}

function isSameExtra(a: JsonObject, b: JsonObject): boolean {
  return a['name'] === b['name'] && a['phase'] === b['phase'];
}
