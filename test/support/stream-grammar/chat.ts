import { isJsonObject, type JsonObject, numberAt, objectAt, stringAt } from '../../../src/core/json.ts';
import type { StreamEnding, StreamReport } from './messages.ts';
import { Faults, isCount, isObjectText, readStream } from './read-stream.ts';

/** What every chunk must say alike. */
const CONSTANT = ['id', 'object', 'created', 'model'] as const;

/** Finish reasons under which a call may be cut in the middle (P20). */
const CUT_FINISHES: readonly string[] = ['length', 'content_filter'];

const DELTA_KEYS: ReadonlySet<string> = new Set([
  ...['role', 'content', 'refusal', 'reasoning_content', 'reasoning_details', 'annotations', 'tool_calls'],
]);

/**
 * Reads a stream of Chat Completions as `translation.md` §10.2 lays it down, without mercy.
 * @param asksForUsage whether the client asked for the chunk with the usage.
 */
export function readChatStream(bytes: Uint8Array, asksForUsage: boolean): StreamReport {
  const faults = new Faults();
  const reader = new ChatReader(faults, asksForUsage);
  for (const { event, data } of readStream(bytes, faults)) {
    faults.same(event, undefined, 'the name of an event');
    reader.take(data);
  }
  return { faults: faults.all, ending: reader.ending };
}

class ChatReader {
  ending: StreamEnding = 'open';
  private readonly faults: Faults;
  private readonly asksForUsage: boolean;
  private head: JsonObject | undefined;
  private finish: string | undefined;
  private hasUsage = false;
  private readonly calls: { isCustom: boolean; text: string }[] = [];
  private details = 0;

  constructor(faults: Faults, asksForUsage: boolean) {
    this.faults = faults;
    this.asksForUsage = asksForUsage;
  }

  take(data: JsonObject | string): void {
    const { faults } = this;
    faults.same(this.ending, 'open', 'something stands behind the end');
    if (typeof data === 'string') {
      faults.same(data, '[DONE]', 'the last word');
      faults.expect(this.finish !== undefined, '[DONE] without a finish reason');
      faults.same(this.hasUsage, this.asksForUsage, 'the usage chunk');
      this.ending = 'end';
    } else if ('error' in data) this.takeError(data);
    else this.takeChunk(data);
  }

  private takeError(data: JsonObject): void {
    const error = objectAt(data, 'error') ?? {};
    this.faults.same(Object.keys(error).sort(), ['code', 'message', 'param', 'type'], 'the fields of an error');
    this.faults.expect((stringAt(error, 'message') ?? '') !== '', 'an error without a message');
    this.faults.same(this.finish, undefined, 'an error behind the finish reason');
    this.ending = 'error';
  }

  private takeChunk(chunk: JsonObject): void {
    const { faults } = this;
    const isFirst = this.head === undefined;
    this.head ??= chunk;
    for (const key of CONSTANT) faults.same(chunk[key], this.head[key], key);
    faults.same(chunk['object'], 'chat.completion.chunk', 'object');
    faults.expect(/^chatcmpl/.test(stringAt(chunk, 'id') ?? ''), 'the id of the completion');
    const choices = Array.isArray(chunk['choices']) ? chunk['choices'] : [];
    if (choices.length === 0) {
      this.takeUsage(objectAt(chunk, 'usage'));
      return;
    }
    faults.same(chunk['usage'], this.asksForUsage ? null : undefined, 'usage of a chunk before the last');
    faults.same(choices.length, 1, 'the number of choices');
    const [choice] = choices;
    if (!isJsonObject(choice)) return;
    faults.same(choice['index'], 0, 'the index of the choice');
    faults.same(this.finish, undefined, 'a choice behind the finish reason');
    this.takeDelta(objectAt(choice, 'delta'), isFirst);
    if (choice['finish_reason'] !== null) this.takeFinish(stringAt(choice, 'finish_reason') ?? '');
  }

  private takeDelta(delta: JsonObject | undefined, isFirst: boolean): void {
    const { faults } = this;
    for (const key of Object.keys(delta ?? {})) faults.expect(DELTA_KEYS.has(key), `a delta of ${key}`);
    faults.same(delta?.['role'], isFirst ? 'assistant' : undefined, 'the role');
    for (const key of ['content', 'reasoning_content', 'refusal'])
      if (delta && key in delta) faults.expect(typeof delta[key] === 'string', `${key} is no text`);
    for (const detail of listOf(delta, 'reasoning_details', faults)) {
      faults.same(detail['index'], this.details, 'the index of a reasoning detail');
      this.details++;
    }
    for (const call of listOf(delta, 'tool_calls', faults)) this.takeCall(call);
  }

  private takeCall(call: JsonObject): void {
    const { faults, calls } = this;
    const index = numberAt(call, 'index') ?? -1;
    const piece = objectAt(call, 'function') ?? objectAt(call, 'custom') ?? {};
    const isCustom = 'custom' in call;
    const text = stringAt(piece, isCustom ? 'input' : 'arguments');
    faults.expect(text !== undefined, 'a call without a piece of its arguments');
    const known = calls[index];
    if (known) {
      faults.expect(index === calls.length - 1, `call ${index} goes on behind another`);
      faults.same(Object.keys(call).sort(), [isCustom ? 'custom' : 'function', 'index'], 'a later piece of a call');
      faults.same(Object.keys(piece), [isCustom ? 'input' : 'arguments'], 'a later piece of a call');
      faults.same(isCustom, known.isCustom, 'the kind of a call');
      known.text += text ?? '';
      return;
    }
    faults.same(index, calls.length, 'the index of a call');
    faults.expect((stringAt(call, 'id') ?? '') !== '', 'a call without an id');
    faults.expect((stringAt(piece, 'name') ?? '') !== '', 'a call without a name');
    faults.same(call['type'], isCustom ? 'custom' : 'function', 'the type of a call');
    calls.push({ isCustom, text: text ?? '' });
  }

  private takeFinish(finish: string): void {
    const { faults, calls } = this;
    this.finish = finish;
    faults.expect(['stop', 'length', 'tool_calls', 'content_filter'].includes(finish), `finish_reason ${finish}`);
    if (finish === 'tool_calls' || finish === 'stop') {
      faults.same(calls.length > 0, finish === 'tool_calls', `calls under ${finish}`);
    }
    const isWhole = calls.every(({ isCustom, text }) => isCustom || isObjectText(text));
    faults.expect(isWhole || CUT_FINISHES.includes(finish), `a broken call under ${finish}`);
  }

  private takeUsage(usage: JsonObject | undefined): void {
    const { faults } = this;
    faults.expect(this.asksForUsage && !this.hasUsage, 'a usage chunk that nobody asked for');
    faults.expect(this.finish !== undefined, 'usage before the finish reason');
    this.hasUsage = true;
    const { prompt_tokens, completion_tokens, total_tokens } = usage ?? {};
    faults.expect(isCount(prompt_tokens) && isCount(completion_tokens) && isCount(total_tokens), 'usage');
    faults.same(Number(prompt_tokens) + Number(completion_tokens), total_tokens, 'P70 the total');
    const cached = objectAt(usage ?? {}, 'prompt_tokens_details')?.['cached_tokens'] ?? 0;
    faults.expect(isCount(cached) && cached <= Number(prompt_tokens), 'more cached than there was input');
  }
}

/** The objects of a list that, if it is there at all, must not be empty (P83). */
function listOf(delta: JsonObject | undefined, key: string, faults: Faults): JsonObject[] {
  const list = delta?.[key];
  if (list === undefined) return [];
  faults.expect(Array.isArray(list) && list.length > 0, `${key} is empty`);
  return Array.isArray(list) ? list.filter(isJsonObject) : [];
}
