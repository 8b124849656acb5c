/** Deepest nesting accepted in a request body (`reliability.md` C5). */
export const MAX_JSON_DEPTH = 128;

/** Most values, objects and arrays accepted in a request body (`reliability.md` C5). */
export const MAX_JSON_TOKENS = 1_000_000;

/** What is wrong with a body, found before it is parsed. */
export type JsonScanProblem =
  | { problem: 'too-deep' }
  | { problem: 'too-many-values' }
  | { problem: 'repeated-key'; key: string };

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/**
 * One pass over a body before `JSON.parse` sees it: nesting, number of values, and repeated top-level keys, which a
 * parser would settle in silence and perhaps not as the upstream does (C5, C7). Grammar is left to the parser.
 */
export function scanJson(bytes: Uint8Array): JsonScanProblem | undefined {
  const keys = new Set<string>();
  let depth = 0;
  let tokens = 0;
  for (let index = 0; index < bytes.length; index++) {
    switch (bytes[index]) {
      case QUOTE: {
        const end = endOfString(bytes, index);
        if (depth === 1 && nextSignificant(bytes, end) === COLON) {
          const key = decodeKey(bytes.subarray(index, end));
          if (keys.has(key)) return { problem: 'repeated-key', key };
          keys.add(key);
        }
        index = end - 1;
        break;
      }
      case OPEN_BRACE:
      case OPEN_BRACKET:
        depth++;
        if (depth > MAX_JSON_DEPTH) return { problem: 'too-deep' };
        tokens++;
        break;
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        depth--;
        break;
      case COMMA:
        tokens++;
        break;
      default:
    }
    if (tokens > MAX_JSON_TOKENS) return { problem: 'too-many-values' };
  }
  return undefined;
}

/** Byte span of a value: `start` inclusive, `end` exclusive. */
export type Span = { start: number; end: number };

/**
 * The span of the value at a path of object keys, and positions in arrays, in valid JSON.
 * @param bytes JSON that `JSON.parse` accepts.
 */
export function findValue(bytes: Uint8Array, path: readonly string[]): Span | undefined {
  let start = skipSpace(bytes, hasByteOrderMark(bytes) ? 3 : 0);
  for (const key of path) {
    const value = bytes[start] === OPEN_BRACKET ? findElement(bytes, start, key) : findMember(bytes, start, key)?.value;
    if (value === undefined) return undefined;
    start = value;
  }
  return { start, end: endOfValue(bytes, start) };
}

/**
 * The span of a whole member, its key and one comma beside it included: without it the object is still valid JSON.
 * @param path of object keys, and positions in arrays; its last is the member's key.
 */
export function findMemberToRemove(bytes: Uint8Array, path: readonly string[]): Span | undefined {
  const key = path.at(-1);
  const parent = findValue(bytes, path.slice(0, -1));
  const member = parent && key !== undefined ? findMember(bytes, parent.start, key) : undefined;
  if (!member) return undefined;
  const end = endOfValue(bytes, member.value);
  const next = skipSpace(bytes, end);
  if (bytes[next] === COMMA) return { start: member.key, end: skipSpace(bytes, next + 1) };
  let before = member.key - 1;
  while (isSpace(bytes[before])) before--;
  return { start: bytes[before] === COMMA ? before : member.key, end };
}

/** Where the member named `key` begins, and its value, in the object that opens at `start`. */
function findMember(bytes: Uint8Array, start: number, key: string): { key: number; value: number } | undefined {
  if (bytes[start] !== OPEN_BRACE) return undefined;
  let index = skipSpace(bytes, start + 1);
  while (bytes[index] === QUOTE) {
    const keyEnd = endOfString(bytes, index);
    const name = decodeKey(bytes.subarray(index, keyEnd));
    const value = skipSpace(bytes, skipSpace(bytes, keyEnd) + 1);
    if (name === key) return { key: index, value };
    index = skipSpace(bytes, endOfValue(bytes, value));
    if (bytes[index] !== COMMA) return undefined;
    index = skipSpace(bytes, index + 1);
  }
  return undefined;
}

/** Start of the element at `position` in the array that opens at `start`. */
function findElement(bytes: Uint8Array, start: number, position: string): number | undefined {
  const wanted = Number(position);
  let index = skipSpace(bytes, start + 1);
  for (let at = 0; bytes[index] !== CLOSE_BRACKET && index < bytes.length; at++) {
    if (at === wanted) return index;
    index = skipSpace(bytes, endOfValue(bytes, index));
    if (bytes[index] === COMMA) index = skipSpace(bytes, index + 1);
  }
  return undefined;
}

function endOfValue(bytes: Uint8Array, start: number): number {
  const first = bytes[start];
  if (first === QUOTE) return endOfString(bytes, start);
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return endOfContainer(bytes, start);
  let index = start;
  while (index < bytes.length && !isValueEnd(bytes[index])) index++;
  return index;
}

function endOfContainer(bytes: Uint8Array, start: number): number {
  let depth = 0;
  for (let index = start; index < bytes.length; index++) {
    const byte = bytes[index];
    if (byte === QUOTE) index = endOfString(bytes, index) - 1;
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      depth--;
      if (depth === 0) return index + 1;
    }
  }
  return bytes.length;
}

/** The position after the closing quote of the string that opens at `start`. */
function endOfString(bytes: Uint8Array, start: number): number {
  for (let index = start + 1; index < bytes.length; index++) {
    const byte = bytes[index];
    if (byte === BACKSLASH) index++;
    else if (byte === QUOTE) return index + 1;
  }
  return bytes.length;
}

/** An upstream's body may open with one, which its reader has passed over (U17). */
function hasByteOrderMark(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function isValueEnd(byte: number | undefined): boolean {
  return byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET || isSpace(byte);
}

function skipSpace(bytes: Uint8Array, from: number): number {
  let index = from;
  while (isSpace(bytes[index])) index++;
  return index;
}

function nextSignificant(bytes: Uint8Array, from: number): number | undefined {
  return bytes[skipSpace(bytes, from)];
}

const DECODER = new TextDecoder();

/** A key as text, its escapes resolved; text that is no JSON string stands for itself and is the parser's to refuse. */
function decodeKey(quoted: Uint8Array): string {
  const text = DECODER.decode(quoted);
  if (!text.includes('\\')) return text.slice(1, -1);
  try {
    return String(JSON.parse(text));
  } catch {
    return text;
  }
}
