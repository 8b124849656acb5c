import { isJsonObject, type Json, type JsonObject, objectAt, stringAt } from '../../../core/json.ts';
import type { ContentBlock } from '../../../core/message.ts';

/** The arguments of one call as JSON text, put together from its pieces as they were written (P115). */
export class CallArguments {
  text = '';
  private readonly placeholder: ContentBlock;

  constructor(block: ContentBlock) {
    this.placeholder = block;
  }

  add(piece: string): void {
    this.text += piece;
  }

  /**
   * What is still to be said when the block ends: nothing once pieces have come; else what the block opened with (P48),
   * `{}` for a call without arguments (P19).
   */
  finish(): string {
    if (this.text !== '') return '';
    this.text = JSON.stringify(objectAt(this.placeholder, 'input') ?? {});
    return this.text;
  }
}

/**
 * The arguments of a finished call as they were written, where that is known: numbers keep their text (P115), and what a
 * cut left unreadable is what it was (P20).
 */
export function writtenArguments(block: ContentBlock): string | undefined {
  const extra = objectAt(block, 'extra') ?? {};
  if (extra['custom'] === true) return undefined;
  const { _raw: raw, ...others } = objectAt(block, 'input') ?? {};
  const isWrapped = typeof raw === 'string' && Object.keys(others).length === 0;
  return isWrapped ? raw : stringAt(extra, 'input_text');
}

/** The text that a free-form tool was called with, out of its canonical `{"input": …}`; as it stands if it was cut. */
export function freeFormInput(json: string): string {
  const value = parseOrUndefined(json);
  if (!isJsonObject(value)) return json;
  return stringAt(value, 'input') ?? (Object.keys(value).length === 0 ? '' : json);
}

/** The piece of arguments that a delta carries. */
export function argumentsPiece(delta: JsonObject): string {
  return delta['type'] === 'input_json_delta' ? (stringAt(delta, 'partial_json') ?? '') : '';
}

function parseOrUndefined(text: string): Json | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
