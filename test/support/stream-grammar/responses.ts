import { isJsonObject, type JsonObject, numberAt, objectAt, stringAt } from '../../../src/core/json.ts';
import type { StreamEnding, StreamReport } from './messages.ts';
import { Faults, isCount, isObjectText, readStream } from './read-stream.ts';

/** Reads a stream of the Responses API as `translation.md` §10.3 lays it down, without mercy. */
export function readResponsesStream(bytes: Uint8Array): StreamReport {
  const faults = new Faults();
  const reader = new ResponsesReader(faults);
  readStream(bytes, faults).forEach(({ event, data }, at) => {
    if (typeof data === 'string') {
      faults.expect(false, `no JSON object: ${data}`);
      return;
    }
    faults.same(event, data['type'], 'the name of an event');
    faults.same(data['sequence_number'], at, 'the sequence number');
    reader.take(stringAt(data, 'type') ?? '', data, at);
  });
  return { faults: faults.all, ending: reader.ending };
}

/** How a terminal event ends the stream. */
const TERMINAL: Readonly<Record<string, StreamEnding>> = {
  'response.completed': 'end',
  'response.incomplete': 'end',
  'response.failed': 'error',
};

/** What an item has been said to hold so far. */
type StreamedItem = {
  id: string;
  opening: JsonObject;
  parts: JsonObject[];
  openPart: JsonObject | undefined;
  summary: string[];
  text: string;
  done: JsonObject | undefined;
};

class ResponsesReader {
  ending: StreamEnding = 'open';
  private readonly faults: Faults;
  private readonly items: StreamedItem[] = [];
  private responseId: string | undefined;

  constructor(faults: Faults) {
    this.faults = faults;
  }

  take(type: string, data: JsonObject, at: number): void {
    const { faults } = this;
    faults.same(this.ending, 'open', `${type} stands behind the end`);
    faults.same(type === 'response.created', at === 0, 'response.created is the first event');
    faults.same(type === 'response.in_progress', at === 1, 'response.in_progress is the second event');
    const response = objectAt(data, 'response');
    if (response) this.takeResponse(type, response);
    else if (type === 'response.output_item.added') this.add(data);
    else this.takeItemEvent(type, data);
  }

  private takeResponse(type: string, response: JsonObject): void {
    const { faults } = this;
    this.responseId ??= stringAt(response, 'id');
    faults.same(response['id'], this.responseId, 'the id of the response');
    faults.expect(/^resp_/.test(this.responseId ?? ''), 'the id of the response');
    const ending = TERMINAL[type];
    if (!ending) {
      faults.same([response['status'], response['output']], ['in_progress', []], type);
      return;
    }
    this.ending = ending;
    const hasBrokenCall = this.items.some(
      ({ done }) => done?.['type'] === 'function_call' && !isObjectText(`${done['arguments']}`),
    );
    faults.expect(!hasBrokenCall || type !== 'response.completed', 'a broken call in a complete response');
    faults.same(`response.${response['status']}`, type, 'the status of the response');
    const output = Array.isArray(response['output']) ? response['output'] : [];
    faults.same(output.length, this.items.length, 'the number of items');
    for (const [index, item] of this.items.entries()) this.checkOutput(index, item, output[index]);
    if (ending === 'end') this.checkUsage(objectAt(response, 'usage'));
    faults.same(objectAt(response, 'error') !== undefined, ending === 'error', 'the error of the response');
    faults.same(isJsonObject(response['incomplete_details']), type === 'response.incomplete', 'incomplete_details');
  }

  /** An answer is what was streamed; one that failed may hold items that never ended. */
  private checkOutput(index: number, { done, id }: StreamedItem, told: unknown): void {
    if (done || this.ending === 'end') this.faults.same(told, done, `item ${index} of the output`);
    else if (isJsonObject(told))
      this.faults.same([told['id'], told['status'] ?? 'incomplete'], [id, 'incomplete'], 'a cut item');
  }

  private add(data: JsonObject): void {
    const { faults, items } = this;
    const opening = objectAt(data, 'item') ?? {};
    const id = stringAt(opening, 'id') ?? '';
    faults.same(data['output_index'], items.length, 'the index of an item');
    faults.expect(id !== '' && items.every((item) => item.id !== id), 'the id of an item');
    items.push({ id, opening, parts: [], openPart: undefined, summary: [], text: '', done: undefined });
  }

  private takeItemEvent(type: string, data: JsonObject): void {
    const { faults } = this;
    const item = this.items[numberAt(data, 'output_index') ?? -1];
    if (!item) {
      faults.expect(false, `${type} of an item that was never added`);
      return;
    }
    faults.same(item.done, undefined, `${type} of an item that is done`);
    if (type === 'response.output_item.done') {
      this.finish(item, objectAt(data, 'item') ?? {});
      return;
    }
    faults.same(data['item_id'], item.id, `the item of ${type}`);
    const read = ITEM_EVENTS[type];
    if (read) read(item, data, faults);
    else faults.expect(false, `an event ${type}`);
  }

  private finish(item: StreamedItem, done: JsonObject): void {
    const { faults } = this;
    item.done = done;
    faults.same([done['id'], done['type']], [item.id, item.opening['type']], 'the item that is done');
    faults.expect(done['status'] !== 'in_progress', 'an item that is done is in progress');
    const check = DONE_CHECKS[stringAt(done, 'type') ?? ''];
    if (check) check(item, done, faults);
    else faults.expect(false, `an item ${done['type']}`);
  }

  private checkUsage(usage: JsonObject | undefined): void {
    const { faults } = this;
    const { input_tokens, output_tokens, total_tokens } = usage ?? {};
    faults.expect(isCount(input_tokens) && isCount(output_tokens) && isCount(total_tokens), 'usage');
    faults.same(Number(input_tokens) + Number(output_tokens), total_tokens, 'P70 the total');
    const cached = objectAt(usage ?? {}, 'input_tokens_details')?.['cached_tokens'];
    const reasoning = objectAt(usage ?? {}, 'output_tokens_details')?.['reasoning_tokens'];
    faults.expect(isCount(cached) && cached <= Number(input_tokens), 'cached_tokens');
    faults.expect(isCount(reasoning) && reasoning <= Number(output_tokens), 'reasoning_tokens');
  }
}

type ReadItemEvent = (item: StreamedItem, data: JsonObject, faults: Faults) => void;

/** What each event of an item adds to it. */
const ITEM_EVENTS: Readonly<Record<string, ReadItemEvent>> = {
  'response.content_part.added': (item, data, faults) => {
    faults.same(item.openPart, undefined, 'a part begins inside another');
    faults.same(data['content_index'], item.parts.length, 'the index of a part');
    item.openPart = objectAt(data, 'part');
    item.text = '';
  },
  'response.content_part.done': (item, data, faults) => {
    const part = objectAt(data, 'part') ?? {};
    faults.same(data['content_index'], item.parts.length, 'the index of a part');
    faults.same(part['type'], item.openPart?.['type'], 'the type of a part');
    faults.same(part['text'] ?? part['refusal'], item.text, 'the text of a part');
    item.parts.push(part);
    item.openPart = undefined;
  },
  'response.output_text.delta': growsPart('output_text'),
  'response.output_text.done': endsText('text'),
  'response.output_text.annotation.added': (item, data, faults) => {
    faults.same(data['content_index'], item.parts.length, 'the part of an annotation');
  },
  'response.refusal.delta': growsPart('refusal'),
  'response.refusal.done': endsText('refusal'),
  'response.reasoning_summary_part.added': (item, data, faults) => {
    faults.same(data['summary_index'], item.summary.length, 'the index of a summary');
    item.text = '';
  },
  'response.reasoning_summary_text.delta': grows,
  'response.reasoning_summary_text.done': endsText('text'),
  'response.reasoning_summary_part.done': (item, data, faults) => {
    faults.same(objectAt(data, 'part')?.['text'], item.text, 'the text of a summary');
    item.summary.push(item.text);
  },
  'response.function_call_arguments.delta': grows,
  'response.function_call_arguments.done': endsText('arguments'),
  'response.custom_tool_call_input.delta': grows,
  'response.custom_tool_call_input.done': endsText('input'),
  'response.web_search_call.in_progress': () => {},
  'response.web_search_call.searching': () => {},
  'response.web_search_call.completed': () => {},
};

function grows(item: StreamedItem, data: JsonObject): void {
  item.text += stringAt(data, 'delta') ?? '';
}

function growsPart(type: string): ReadItemEvent {
  return (item, data, faults) => {
    faults.same(item.openPart?.['type'], type, 'the part that grows');
    faults.same(data['content_index'], item.parts.length, 'the part that grows');
    grows(item, data);
  };
}

function endsText(field: string): ReadItemEvent {
  return (item, data, faults) => faults.same(data[field], item.text, `the whole ${field}`);
}

/** What an item that is done must hold of what was streamed of it. */
const DONE_CHECKS: Readonly<Record<string, ReadItemEvent>> = {
  message: (item, done, faults) => {
    faults.same(item.openPart, undefined, 'a message ends inside a part');
    faults.same(done['content'], item.parts, 'the parts of a message');
  },
  reasoning: (item, done, faults) => {
    const summary = item.summary.map((text) => ({ type: 'summary_text', text }));
    faults.same(done['summary'], summary, 'the summary of reasoning');
  },
  function_call: (item, done, faults) => {
    faults.same(done['arguments'], item.text, 'the arguments of a call');
    checkCall(item, done, faults);
  },
  custom_tool_call: (item, done, faults) => {
    faults.same(done['input'], item.text, 'the input of a call');
    checkCall(item, done, faults);
  },
  web_search_call: () => {},
};

function checkCall({ opening }: StreamedItem, done: JsonObject, faults: Faults): void {
  faults.expect((stringAt(done, 'call_id') ?? '') !== '', 'a call without an id');
  faults.expect((stringAt(done, 'name') ?? '') !== '', 'a call without a name');
  faults.same([done['call_id'], done['name']], [opening['call_id'], opening['name']], 'the call that is done');
}
