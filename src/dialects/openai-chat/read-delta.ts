import { isJsonObject, type Json, type JsonObject, stringAt } from '../../core/json.ts';
import { detailText } from './reasoning-details.ts';
import type { SaidPiece } from './think-tags.ts';

/** The fields in which vendors put the text of reasoning, in the order in which they are asked (`translation.md` §6). */
const REASONING_FIELDS = ['reasoning_content', 'reasoning', 'reasoning_text'] as const;

/** Where a message holds what has no place in a canonical answer. */
const FOREIGN_FIELDS = ['images', 'audio'] as const;

/** What one `delta`, or one whole `message`, says. */
export type Delta = {
  reasoning: string;
  details: JsonObject[];
  said: SaidPiece[];
  refusal: string;
  annotations: JsonObject[];
  calls: JsonObject[];
  /** A field that holds something for which there is no canonical place. */
  foreign: string | undefined;
};

/** Reads a `delta` or `message`; whatever is not there, or not as it should be, says nothing (P94). */
export function readDelta(delta: JsonObject): Delta {
  const details = objectsAt(delta, 'reasoning_details');
  const content = contentPieces(delta['content'] ?? null);
  const reasoning = firstReasoning(delta) || details.map(detailText).join('');
  return {
    reasoning,
    details,
    // The reasoning is said once, however often the vendor repeats it (P84).
    said: content.said.filter(({ kind }) => kind === 'text' || reasoning === ''),
    refusal: (stringAt(delta, 'refusal') ?? '') + content.refusal,
    annotations: objectsAt(delta, 'annotations'),
    calls: callsOf(delta),
    foreign: content.foreign ?? FOREIGN_FIELDS.find((field) => isFilled(delta[field])),
  };
}

/** The one piece that a `delta` says; undefined where there is more, or none. */
export function solePiece(delta: JsonObject): SaidPiece | undefined {
  const { reasoning, details, said, refusal, annotations, calls, foreign } = readDelta(delta);
  const pieces: SaidPiece[] = reasoning === '' ? said : [{ kind: 'thinking', text: reasoning }, ...said];
  const holdsMore = details.length > 0 || annotations.length > 0 || calls.length > 0;
  return pieces.length > 1 || holdsMore || refusal !== '' || foreign !== undefined ? undefined : pieces[0];
}

/** What a `delta` says that holds one piece alone. */
export function sayingOnly(piece: SaidPiece): Delta {
  return { reasoning: '', details: [], said: [piece], refusal: '', annotations: [], calls: [], foreign: undefined };
}

function firstReasoning(delta: JsonObject): string {
  for (const field of REASONING_FIELDS) {
    const text = stringAt(delta, field);
    if (text) return text;
  }
  return '';
}

/** The calls, the one of the old form among them. */
function callsOf(delta: JsonObject): JsonObject[] {
  const calls = objectsAt(delta, 'tool_calls');
  const old = delta['function_call'];
  return calls.length === 0 && isJsonObject(old) ? [{ index: 0, function: old }] : calls;
}

type Content = Pick<Delta, 'said' | 'refusal' | 'foreign'>;

/** Content is a text or a list of parts. */
function contentPieces(content: Json): Content {
  const pieces: Content = { said: [], refusal: '', foreign: undefined };
  for (const part of Array.isArray(content) ? content : [content]) addPart(pieces, part);
  return pieces;
}

function addPart(pieces: Content, part: Json): void {
  if (typeof part === 'string') addSaid(pieces, 'text', part);
  if (!isJsonObject(part)) return;
  switch (stringAt(part, 'type') ?? 'text') {
    case 'text':
    case 'output_text':
      addSaid(pieces, 'text', stringAt(part, 'text') ?? '');
      break;
    case 'thinking':
      addSaid(pieces, 'thinking', thinkingText(part['thinking'] ?? null));
      break;
    case 'refusal':
      pieces.refusal += stringAt(part, 'refusal') ?? '';
      break;
    default:
      pieces.foreign = 'content';
  }
}

function addSaid(pieces: Content, kind: SaidPiece['kind'], text: string): void {
  if (text !== '') pieces.said.push({ kind, text });
}

/** A thinking part holds a text, or a list of text parts. */
function thinkingText(thinking: Json): string {
  if (typeof thinking === 'string') return thinking;
  if (!Array.isArray(thinking)) return '';
  return thinking.map((part) => (isJsonObject(part) ? (stringAt(part, 'text') ?? '') : '')).join('');
}

function objectsAt(object: JsonObject, key: string): JsonObject[] {
  const value = object[key];
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function isFilled(value: Json | undefined): boolean {
  return value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0);
}
