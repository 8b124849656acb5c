import type { Frame } from '../../core/dialect.ts';
import { isJsonObject, type Json, type JsonObject, numberAt, objectAt, stringAt } from '../../core/json.ts';
import { frameData } from '../shared/frame-data.ts';
import { notAnAnswer } from '../shared/whole-answer.ts';
import { streamErrorOf } from './error.ts';

/** Fields of deltas that grow with each piece; of any other the last value that is not null counts. */
const GROWING: ReadonlySet<string> = new Set([
  'content',
  'refusal',
  'reasoning_content',
  'reasoning',
  'reasoning_text',
  'arguments',
  'input',
  'text',
  'summary',
  'transcript',
]);

/** Names that vendors repeat on every delta: the first one counts (P120). */
const SAID_ONCE: ReadonlySet<string> = new Set(['role', 'id', 'type', 'name', 'format']);

/** Puts the chunks of one streamed completion together, whatever fields they have. */
export class ChunkJoiner {
  private first: JsonObject | undefined;
  private usage: Json = null;
  private isDone = false;
  private readonly choices = new Map<number, JsonObject>();

  /** Whether the answer has come to its end: by `[DONE]`, or by saying why it ended (P117). */
  get isComplete(): boolean {
    return this.isDone || [...this.choices.values()].some((choice) => typeof choice['finish_reason'] === 'string');
  }

  /** @throws GatewayError what an error among the chunks stands for. */
  take(frame: Frame): void {
    if (frame.data.trim() === '[DONE]') this.isDone = true;
    const chunk = frameData(frame);
    if (!chunk) return;
    if ((chunk['error'] ?? null) !== null || chunk['object'] === 'error' || frame.event === 'error') {
      throw streamErrorOf(chunk);
    }
    this.first ??= chunk;
    this.usage = objectAt(chunk, 'usage') ?? this.usage;
    for (const choice of Array.isArray(chunk['choices']) ? chunk['choices'] : []) {
      if (isJsonObject(choice)) this.takeChoice(choice);
    }
  }

  /** @throws GatewayError `bad_upstream` when there was no chunk at all. */
  completion(): JsonObject {
    if (!this.first) throw notAnAnswer();
    const choices = [...this.choices].sort(([a], [b]) => a - b).map(([, choice]) => withoutPlaces(choice));
    return { ...this.first, object: 'chat.completion', choices, usage: this.usage };
  }

  private takeChoice({ delta, ...rest }: JsonObject): void {
    const index = numberAt(rest, 'index') ?? 0;
    const known = this.choices.get(index) ?? {
      index,
      message: { role: 'assistant', content: null },
      finish_reason: null,
    };
    const message = objectAt(known, 'message') ?? {};
    this.choices.set(index, {
      ...grown(known, { ...rest, index }),
      message: isJsonObject(delta) ? grown(message, delta) : message,
    });
  }
}

/** The places of tool calls belong to streams. */
function withoutPlaces(choice: JsonObject): JsonObject {
  const message = objectAt(choice, 'message') ?? {};
  const { tool_calls: calls } = message;
  if (!Array.isArray(calls)) return choice;
  const placeless = calls.filter(isJsonObject).map(({ index: _place, ...call }) => call);
  return { ...choice, message: { ...message, tool_calls: placeless } };
}

function grown(object: JsonObject, piece: JsonObject): JsonObject {
  const result = { ...object };
  for (const [key, value] of Object.entries(piece)) {
    if (value !== null || result[key] === undefined) result[key] = grownValue(key, result[key] ?? null, value);
  }
  return result;
}

function grownValue(key: string, value: Json, piece: Json): Json {
  if (typeof value === 'string' && typeof piece === 'string') {
    if (GROWING.has(key)) return value + piece;
    return SAID_ONCE.has(key) && value !== '' ? value : piece;
  }
  if (Array.isArray(piece)) return piece.reduce<Json[]>(withElement, Array.isArray(value) ? value : []);
  return isJsonObject(value) && isJsonObject(piece) ? grown(value, piece) : piece;
}

/** Pieces of one element share its place; without places a new id begins a new element (P118). */
function withElement(elements: Json[], piece: Json): Json[] {
  if (!isJsonObject(piece)) return [...elements, piece];
  const at = elements.findLastIndex((element) => isJsonObject(element) && isSameElement(element, piece));
  const known = elements[at];
  return isJsonObject(known) ? elements.with(at, grown(known, piece)) : [...elements, piece];
}

function isSameElement(element: JsonObject, piece: JsonObject): boolean {
  const id = stringAt(piece, 'id') ?? '';
  const isOther = id !== '' && (stringAt(element, 'id') ?? id) !== id;
  const type = stringAt(piece, 'type');
  if (isOther || (type !== undefined && type !== (stringAt(element, 'type') ?? type))) return false;
  return element['index'] !== undefined || piece['index'] !== undefined
    ? element['index'] === piece['index']
    : isJsonObject(piece['function'] ?? piece['custom']);
}
