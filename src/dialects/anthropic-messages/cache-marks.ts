import { type JsonObject, objectAt } from '../../core/json.ts';
import type { Formatting } from './formatting.ts';

/** Most breakpoints in one request (`anthropic-surface.md` §7). */
const MOST_BREAKPOINTS = 4;

const LIFETIMES: ReadonlySet<string> = new Set(['5m', '1h']);

/** Puts the caller's cache breakpoint on what goes out, whole (P25, P71). */
export function markCached<Holder extends JsonObject>(
  holder: Holder,
  source: JsonObject,
  path: string,
  { losses, marks }: Formatting,
): Holder {
  const cacheControl = objectAt(source, 'cache_control');
  if (cacheControl === undefined) return holder;
  if (cacheControl['type'] !== 'ephemeral') {
    losses.add('cache_hint_dropped', `${path}.cache_control`);
    return holder;
  }
  const { ttl, ...plain } = cacheControl;
  const isKnown = ttl === undefined || LIFETIMES.has(String(ttl));
  if (!isKnown) losses.add('cache_ttl_changed', `${path}.cache_control`);
  const marked = { ...holder, cache_control: isKnown ? cacheControl : plain };
  marks.push({ holder: marked, path });
  return marked;
}

/**
 * Keeps the breakpoints within what the API takes: the last four, which cover most of the prompt (P12), and none that lives
 * longer than one before it (`anthropic-surface.md` §7).
 */
export function limitBreakpoints({ marks, losses }: Formatting): void {
  for (const { holder, path } of marks.slice(0, -MOST_BREAKPOINTS)) {
    delete holder['cache_control'];
    losses.add('cache_hint_dropped', `${path}.cache_control`);
  }
  let isShortSeen = false;
  for (const { holder, path } of marks.slice(-MOST_BREAKPOINTS)) {
    const { ttl, ...plain } = objectAt(holder, 'cache_control') ?? {};
    if (ttl === '1h' && isShortSeen) {
      holder['cache_control'] = plain;
      losses.add('cache_ttl_changed', `${path}.cache_control`);
    }
    isShortSeen ||= ttl !== '1h';
  }
}
