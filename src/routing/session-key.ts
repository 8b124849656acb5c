import { hash } from 'node:crypto';
import { isJsonObject, type Json, type JsonObject, objectAt, stringAt } from '../core/json.ts';

/** What a request says of the session that it belongs to. */
export type SessionRequest = {
  /** Whose session it is: sessions of two principals never meet, whatever they call them. */
  owner: string;
  /** Public name: prompt caches are kept per model. */
  model: string;
  /** Lower-case names. */
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: JsonObject;
};

/** A session, as far as it can be told. */
export type Session = {
  /** A digest: nothing of the request can be read from it. */
  key: string;
  /** What it was told by: the name of a header or field, or `prefix`. */
  source: string;
  /** How long the upstream keeps the prompt cache, in ms; undefined where the request does not say. */
  ttl: number | undefined;
};

/** Headers by which clients name their session, the most specific first (`clients.md` §1). */
const SESSION_HEADERS = [
  'x-session-affinity',
  'x-claude-code-session-id',
  'session-id',
  'x-session-id',
  'session_id',
  'thread-id',
];

/** Fields of a body that name it. */
const SESSION_FIELDS: readonly { source: string; read(body: JsonObject): string | undefined }[] = [
  { source: 'prompt_cache_key', read: (body) => stringAt(body, 'prompt_cache_key') },
  { source: 'metadata.user_id', read: (body) => sessionOfUser(stringAt(objectAt(body, 'metadata') ?? {}, 'user_id')) },
  { source: 'session_id', read: (body) => stringAt(body, 'session_id') },
];

/** Longer names are no session ids. */
const LONGEST_NAME = 512;

/** Below about 1,024 tokens no upstream caches a prompt: such requests are better spread than kept together. In characters. */
const SHORTEST_PREFIX = 4_096;

/** Characters of either end of a long prefix that are hashed. */
const HASHED_END = 8_192;

/** Roles whose messages are part of the instructions. */
const SYSTEM_ROLES: ReadonlySet<unknown> = new Set(['system', 'developer']);

/** Claude Code's line about itself, which differs from session to session (P128, `clients.md` §2). */
const ATTRIBUTION = 'x-anthropic-billing-header:';

const HOUR = 3_600_000;

/** The session of a request: as its client names it, else by the part of the prompt that stays the same in it. */
export function sessionOf(request: SessionRequest): Session | undefined {
  const found = namedSession(request) ?? prefixSession(request.body);
  if (!found) return undefined;
  const { owner, model, body } = request;
  const key = hash('sha256', JSON.stringify([owner, model, found.source, found.name]), 'base64url');
  return { key, source: found.source, ttl: asksForAnHour(body) ? HOUR : undefined };
}

type Named = { source: string; name: string };

function namedSession({ headers, body }: SessionRequest): Named | undefined {
  for (const source of SESSION_HEADERS) {
    const value = headers[source];
    if (isName(value)) return { source, name: value };
  }
  for (const { source, read } of SESSION_FIELDS) {
    const value = read(body);
    if (isName(value)) return { source, name: value };
  }
  return undefined;
}

function isName(value: string | string[] | undefined): value is string {
  return typeof value === 'string' && value !== '' && value.length <= LONGEST_NAME;
}

/** Claude Code writes JSON into `user_id`, and wrote `user_…_session_<id>` before; any other text is a user, not a session. */
function sessionOfUser(user: string | undefined): string | undefined {
  if (user === undefined || user.length > 4 * LONGEST_NAME) return undefined;
  if (!user.startsWith('{')) return user.split('_session_')[1];
  try {
    const value: unknown = JSON.parse(user);
    return isJsonObject(value) ? stringAt(value, 'session_id') : undefined;
  } catch {
    return undefined;
  }
}

/** The instructions, the tools and the first turn of the user, in whatever dialect; undefined where they are too short. */
function prefixSession(body: JsonObject): Named | undefined {
  const turns = listOf(body['messages'] ?? body['input']);
  const firstTurn = turns.findIndex((turn) => !(isJsonObject(turn) && SYSTEM_ROLES.has(turn['role'])));
  const opening = firstTurn < 0 ? turns : turns.slice(0, firstTurn + 1);
  const system = withoutAttribution(body['system']) ?? null;
  const prefix = JSON.stringify([system, body['instructions'] ?? null, body['tools'] ?? null, opening]);
  return prefix.length < SHORTEST_PREFIX ? undefined : { source: 'prefix', name: abridged(prefix) };
}

/** Both ends and the length tell long prefixes apart well enough, at a third of the cost. */
function abridged(prefix: string): string {
  if (prefix.length <= 2 * HASHED_END) return prefix;
  return `${prefix.slice(0, HASHED_END)}${prefix.length}${prefix.slice(-HASHED_END)}`;
}

function listOf(value: Json | undefined): readonly Json[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

function withoutAttribution(system: Json | undefined): Json | undefined {
  if (typeof system === 'string') {
    if (!system.startsWith(ATTRIBUTION)) return system;
    const end = system.indexOf('\n');
    return end < 0 ? '' : system.slice(end + 1);
  }
  if (!Array.isArray(system)) return system;
  const [first, ...others] = system;
  const isAttribution = isJsonObject(first) && stringAt(first, 'text')?.startsWith(ATTRIBUTION) === true;
  return isAttribution ? others : system;
}

/** Whether any mark of the prompt asks for the cache of an hour instead of five minutes. */
function asksForAnHour({ cache_control, system, tools, messages }: JsonObject): boolean {
  if (isHour(cache_control)) return true;
  const blocks = listOf(messages).flatMap((message) => (isJsonObject(message) ? listOf(message['content']) : []));
  return [listOf(system), listOf(tools), blocks].some((list) =>
    list.some((block) => isJsonObject(block) && isHour(block['cache_control'])),
  );
}

function isHour(mark: Json | undefined): boolean {
  return isJsonObject(mark) && mark['ttl'] === '1h';
}
