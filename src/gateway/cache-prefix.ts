import { hash } from 'node:crypto';
import type { Json, JsonObject } from '../core/json.ts';
import { sessionOf } from '../routing/session-key.ts';
import type { CachePrefix } from '../store/cache-prefixes.ts';
import type { ClientCall } from './call.ts';

/** No upstream caches shorter prompts, and longer bodies would take too long to digest; in bytes. */
const SHORTEST = 4_096;
const LONGEST = 1024 * 1024;

/** Hex digits of a digest that are kept: enough to tell apart what stands in one session. */
const DIGITS = 12;

/** Messages whose digests are kept. */
const MOST_MESSAGES = 1_000;

/** The digests of a request by which a cache hit or missed; undefined where there is nothing to cache, or no session. */
export function cachePrefixOf({ requestId, principal, headers, body, parsed }: ClientCall, model: string) {
  if (body.length < SHORTEST || body.length > LONGEST) return undefined;
  const session = sessionOf({ owner: principal.keyId, model, headers, body: parsed });
  if (!session) return undefined;
  const prefix: CachePrefix = {
    exchangeId: requestId,
    session: session.key,
    ttl: session.ttl,
    tools: digest(parsed['tools']),
    system: digest(systemOf(parsed)),
    messages: turnsOf(parsed).slice(0, MOST_MESSAGES).map(digest),
  };
  return prefix;
}

function systemOf({ system, instructions }: JsonObject): Json {
  return [system ?? null, instructions ?? null];
}

function turnsOf({ messages, input }: JsonObject): readonly Json[] {
  const turns = messages ?? input;
  if (turns === undefined) return [];
  return Array.isArray(turns) ? turns : [turns];
}

/** Marks of the cache move from message to message and are no part of what it goes by. */
function digest(value: Json | undefined): string {
  const text = JSON.stringify(value ?? null, (name, each: unknown) => (name === 'cache_control' ? undefined : each));
  return hash('sha256', text, 'hex').slice(0, DIGITS);
}
