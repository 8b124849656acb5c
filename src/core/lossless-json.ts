import { isJsonObject, type Json, type JsonObject } from './json.ts';

/**
 * What V8 has and the compiler's library does not know yet (ECMAScript proposal "JSON.parse source text access"). A raw JSON
 * value is a frozen object whose only key is `rawJSON`, so `JsonObject` is its true type.
 */
declare global {
  interface JSON {
    rawJSON(text: string): JsonObject;
    parse(text: string, reviver: (this: unknown, key: string, value: Json, context: { source?: string }) => Json): Json;
  }
}

/** The keys below which numbers are a tool's own: nobody here reads them, and the tool may care how they are written. */
const KEPT_BELOW: ReadonlySet<string> = new Set(['input', 'input_schema', 'parameters', 'schema', 'arguments']);

/**
 * `JSON.parse`, but for numbers whose text `JSON.stringify` would change (`1.0`, `1e3`, integers beyond 2^53): inside tool
 * inputs and schemas they keep it (`translation.md` P115). Such a number is then an object that serialises to its text, so
 * what is below the keys of `KEPT_BELOW` must be passed on whole: not cloned, not read as numbers.
 * @throws SyntaxError as `JSON.parse` does.
 */
export function parseLosslessly(text: string): Json {
  const parsed: Json = JSON.parse(text);
  if (!hasFragileNumber(text)) return parsed;
  const lossless = JSON.parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined && isFragile(source) ? JSON.rawJSON(source) : value,
  );
  graft(parsed, lossless);
  return parsed;
}

/** Puts the subtrees of `lossless` that stand below the kept keys into `parsed`, which has the same shape. */
function graft(parsed: Json, lossless: Json): void {
  if (Array.isArray(parsed) && Array.isArray(lossless)) {
    for (const [index, item] of parsed.entries()) graft(item, lossless[index] ?? null);
  } else if (isJsonObject(parsed) && isJsonObject(lossless)) {
    for (const [key, value] of Object.entries(parsed)) {
      const counterpart = lossless[key] ?? null;
      // A number right under the key is none of a tool's, and must go on looking like one to those who check it.
      if (KEPT_BELOW.has(key) && typeof value === 'object') parsed[key] = counterpart;
      else graft(value, counterpart);
    }
  }
}

/** Whether a number changes its text when it is parsed and written again. */
function isFragile(number: string): boolean {
  return String(Number(number)) !== number;
}

const QUOTE = 0x22;
const MINUS = 0x2d;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;

/** Whether valid JSON holds such a number anywhere outside its strings: most bodies do not, and pay only for this scan. */
function hasFragileNumber(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) {
      index = endOfString(text, index);
    } else if (code === MINUS || (code >= DIGIT_0 && code <= DIGIT_9)) {
      const start = index;
      while (isNumberPart(text.charCodeAt(index + 1))) index++;
      if (isFragile(text.slice(start, index + 1))) return true;
    }
  }
  return false;
}

/** The index of the quote that closes the string which opens at `start`. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end === -1 ? text.length : end;
}

/** Whether an odd number of backslashes stands before `index`. */
function isEscaped(text: string, index: number): boolean {
  let backslashes = 0;
  while (text[index - 1 - backslashes] === '\\') backslashes++;
  return backslashes % 2 === 1;
}

/** Digits, point, exponent and signs: what a JSON number is made of. */
function isNumberPart(code: number): boolean {
  return (
    (code >= DIGIT_0 && code <= DIGIT_9) ||
    code === 0x2e ||
    code === 0x45 ||
    code === 0x65 ||
    code === 0x2b ||
    code === MINUS
  );
}
