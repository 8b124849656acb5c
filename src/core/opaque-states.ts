import { isJsonObject, type Json, type JsonObject, objectAt, stringAt } from './json.ts';

/**
 * What kind of state only its maker can read or hold. `reasoning` comes with the conversation, and another account of the same
 * vendor may take it; the others are names of what lies with one account alone.
 */
export type StateKind = 'reasoning' | 'thread' | 'container' | 'file';

/** State that a request or an answer carries: the text that stands for it, and where it stands. */
export type CarriedState = { kind: StateKind; text: string; field: string };

/** Fields of a block or an item in which state stands as a text. */
const STATE_FIELDS: readonly [field: string, kind: StateKind][] = [
  ['signature', 'reasoning'],
  ['encrypted_content', 'reasoning'],
  ['data', 'reasoning'],
  ['file_id', 'file'],
];

/** Blocks whose `data` is state; elsewhere it is a picture or a document. */
const SEALED_DATA = new Set(['redacted_thinking', 'reasoning.encrypted']);

/** Where blocks hold others that may name a file. */
const NESTED = ['source', 'content', 'file', 'reasoning_details'] as const;

/** Nesting that is followed: a result of a tool, its content, a source, and some to spare. */
const DEEPEST = 6;

/** All state that a request carries, in whatever dialect: that of the conversation in its order, then that of the whole request. */
export function statesOfRequest(body: JsonObject): CarriedState[] {
  const states: CarriedState[] = [];
  for (const field of ['messages', 'input']) {
    const turns = body[field];
    if (!Array.isArray(turns)) continue;
    for (const [index, turn] of turns.entries()) gather(turn, `${field}.${index}`, DEEPEST, states);
  }
  const thread = stringAt(objectAt(body, 'thread') ?? {}, 'previous_message_id');
  if (thread !== undefined) states.push({ kind: 'thread', text: thread, field: 'thread' });
  const container = containerOf(body);
  if (container !== undefined) states.push({ kind: 'container', text: container, field: 'container' });
  return states;
}

/** All state that blocks or items of an answer carry. */
export function statesOfBlocks(value: Json | undefined): CarriedState[] {
  const states: CarriedState[] = [];
  if (value !== undefined) gather(value, '', DEEPEST, states);
  return states;
}

/** The id of the container that a request or an answer names, as a text or an object with an id. */
export function containerOf(body: JsonObject): string | undefined {
  return stringAt(body, 'container') ?? stringAt(objectAt(body, 'container') ?? {}, 'id');
}

function gather(value: Json, field: string, depth: number, states: CarriedState[]): void {
  if (depth === 0) return;
  if (Array.isArray(value)) {
    for (const [index, each] of value.entries())
      if (isJsonObject(each)) gather(each, `${field}.${index}`, depth - 1, states);
    return;
  }
  if (!isJsonObject(value)) return;
  for (const [name, kind] of STATE_FIELDS) {
    const text = value[name];
    if (typeof text !== 'string' || text === '') continue;
    if (name === 'data' && !SEALED_DATA.has(stringAt(value, 'type') ?? '')) continue;
    states.push({ kind, text, field: `${field}.${name}` });
  }
  for (const name of NESTED) {
    const nested = value[name];
    if (typeof nested === 'object' && nested !== null) gather(nested, `${field}.${name}`, depth - 1, states);
  }
}
