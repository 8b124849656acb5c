import { createHash } from 'node:crypto';
import { createEnvelope } from '../../src/access/opaque-envelope.ts';
import type { CodecTools, DialectId, TargetContext } from '../../src/core/dialect.ts';
import { GatewayError } from '../../src/core/error.ts';
import { isJsonObject, type Json, type JsonObject } from '../../src/core/json.ts';
import type { Loss } from '../../src/core/loss.ts';
import type { Message } from '../../src/core/message.ts';
import type { ModelFacts } from '../../src/core/model.ts';
import type { Quirks } from '../../src/core/quirks.ts';
import { DIALECTS } from '../../src/dialects/index.ts';

/** An upstream that samples are converted for. */
export type ProbeTarget = {
  /** Heading of its column. */
  name: string;
  dialect: DialectId;
  provider: string;
  model: string;
  facts: ModelFacts | undefined;
  quirks: Quirks;
};

/** What became of a sample: where the upstream's body differs, what was reported; or why it was refused. */
export type Outcome = { places: string[]; losses: Loss[] } | { refused: string };

/** In a sample: an opaque state of the very upstream that the sample is converted for. */
export const OWN_STATE = '@state of the target';

const envelope = createEnvelope(new Uint8Array(32));

/** Tools of codecs that always give the same. */
export function probeTools(): CodecTools {
  let ids = 0;
  return {
    now: () => 0,
    newId: (prefix) => {
      ids += 1;
      return `${prefix}_${ids}`;
    },
    hash: (text) => createHash('sha256').update(text).digest('hex'),
    envelope,
  };
}

/** Converts a body with and without what a sample adds, by the codecs themselves, and tells the difference. */
export function probeRequest(from: DialectId, target: ProbeTarget, given: JsonObject, sample: JsonObject): Outcome {
  try {
    const before = convert(from, target, given);
    const after = convert(from, target, { ...given, ...sample });
    return { places: differences(before.body, after.body), losses: newLosses(before.losses, after.losses) };
  } catch (thrown) {
    if (!(thrown instanceof GatewayError)) throw thrown;
    return { refused: thrown.message };
  }
}

/** The body that goes upstream. @throws GatewayError when the codecs refuse it. */
export function convert(from: DialectId, target: ProbeTarget, body: JsonObject): { body: JsonObject; losses: Loss[] } {
  const { provider, model, facts, quirks } = target;
  const state = envelope.seal({ origin: provider, data: { text: 'Hm.', ...STATES[target.dialect] } });
  const said = parsed(JSON.stringify(body).replaceAll(JSON.stringify(OWN_STATE), JSON.stringify(state)));
  const tools = probeTools();
  const { server } = DIALECTS[from];
  server.checkRequest(said, 'generate');
  const { request, losses } = server.parseRequest(said, 'generate', tools);
  const seen: Loss[] = [...losses];
  const report = (loss: Loss) => seen.push(loss);
  const context: TargetContext = { provider, model, facts, quirks, tools, report, operation: 'generate' };
  const formatted = DIALECTS[target.dialect].client.formatRequest(request, context);
  return { body: parsed(Buffer.from(formatted.body).toString()), losses: [...seen, ...formatted.losses] };
}

/** What each dialect wants back with thinking of its own. */
const STATES: Record<DialectId, JsonObject> = {
  'anthropic-messages': { signature: 's' },
  'openai-chat': {},
  'openai-responses': { id: 'rs_1', encrypted_content: 'e' },
};

/** An answer as a client of a dialect gets it, with what the conversion reports. */
export function answerTo(
  client: DialectId,
  request: JsonObject,
  answer: Message,
): { body: JsonObject; losses: Loss[] } {
  const tools = probeTools();
  const { server } = DIALECTS[client];
  const parsedRequest = server.parseRequest(request, 'generate', tools).request;
  const losses: Loss[] = [];
  const report = (loss: Loss) => losses.push(loss);
  const bytes = server.formatResponse(answer, { request: parsedRequest, body: request, model: 'm', tools, report });
  return { body: parsed(Buffer.from(bytes).toString()), losses };
}

function parsed(text: string): JsonObject {
  const value: unknown = JSON.parse(text);
  if (!isJsonObject(value)) throw new Error('a body is an object');
  return value;
}

function newLosses(before: readonly Loss[], after: readonly Loss[]): Loss[] {
  const known = new Set(before.map(({ code, field }) => `${code} ${field}`));
  return after.filter(({ code, field }) => !known.has(`${code} ${field}`));
}

/** The places where `after` says something that `before` does not: whole new values by their own path only. */
export function differences(before: Json, after: Json): string[] {
  return [...new Set(differ(before, after, ''))];
}

function differ(before: Json | undefined, after: Json | undefined, path: string): string[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (Array.isArray(after)) return differInList(entriesOf(before), after, path);
  // A group of settings is told by those that it holds; a value with a type is one thing.
  if (before === undefined && isJsonObject(after) && after['type'] === undefined) {
    const keys = Object.keys(after);
    return keys.length > 0 && !path.includes('.') ? keys.map((key) => `${path}.${key}`) : [path];
  }
  if (!isJsonObject(before) || !isJsonObject(after)) return [path];
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) => differ(before[key], after[key], path === '' ? key : `${path}.${key}`));
}

/** Text alone and a list of one text say the same. */
function entriesOf(before: Json | undefined): Json[] {
  if (Array.isArray(before)) return [...before];
  return typeof before === 'string' ? [{ text: before }] : [];
}

/** Entries have no names: each is told by its type or role, and compared with its like. */
function differInList(before: Json[], after: Json[], path: string): string[] {
  const rest = before.map((entry) => JSON.stringify(entry));
  const changed = after.filter((entry) => !take(rest, (text) => text === JSON.stringify(entry)));
  const left = rest.map((text): Json => JSON.parse(text));
  const places = changed.flatMap((entry) => {
    const label = labelOf(entry);
    const at = label === '' ? path : `${path}.${label}`;
    const index = left.findIndex((each) => labelOf(each) === label || isSameText(each, entry));
    if (index === -1) return [at];
    const [like] = left.splice(index, 1);
    return isSameText(like, entry) ? [] : differ(like, entry, at);
  });
  return places.length === 0 && left.length > 0 ? [path] : places;
}

function take(texts: string[], fits: (text: string) => boolean): boolean {
  const index = texts.findIndex(fits);
  if (index >= 0) texts.splice(index, 1);
  return index >= 0;
}

function labelOf(entry: Json): string {
  if (!isJsonObject(entry)) return '';
  const label = entry['type'] ?? entry['role'] ?? '';
  return typeof label === 'string' ? label : '';
}

/** The same text, as a part with and without other words for it. */
function isSameText(one: Json | undefined, other: Json): boolean {
  if (!isJsonObject(one) || !isJsonObject(other) || Object.keys(one).join() !== 'text') return false;
  return one['text'] === other['text'];
}
