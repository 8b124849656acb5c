import { isJsonObject, type Json, type JsonObject } from '../core/json.ts';

const BYTES_PER_TOKEN = 4;

/** What a picture costs when its pixels are not looked at: one of middling size (`anthropic-surface.md` §5). */
const BYTES_OF_MEDIA = 1_000 * BYTES_PER_TOKEN;

/** Braces, quotes and commas around a value, in bytes. */
const BYTES_OF_PUNCTUATION = 2;

/** A string of at least this length that looks like base64 is a file, not text. */
const SHORTEST_FILE = 256;
const BASE64 = /^(?:data:[^,]{0,200},)?[A-Za-z0-9+/_-]{200}/;

/**
 * Roughly the tokens of a request body of any dialect: its text in bytes, divided; files count as one picture each. Linear
 * in the size of the body; no tokenizer is used, since the known ones freeze on odd text (`dependencies.md` §7).
 */
export function estimateTokens(body: JsonObject): number {
  return Math.ceil(bytesOf(body) / BYTES_PER_TOKEN);
}

function bytesOf(value: Json): number {
  if (typeof value === 'string') return isFile(value) ? BYTES_OF_MEDIA : Buffer.byteLength(value);
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + bytesOf(item), 0);
  if (!isJsonObject(value)) return BYTES_OF_PUNCTUATION;
  let sum = 0;
  for (const [key, item] of Object.entries(value)) sum += key.length + BYTES_OF_PUNCTUATION + bytesOf(item);
  return sum;
}

function isFile(text: string): boolean {
  return text.length >= SHORTEST_FILE && BASE64.test(text) && !text.includes(' ');
}
