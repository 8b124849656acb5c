import { createHash } from 'node:crypto';
import type { ModelFacts } from '../core/model.ts';
import type { CacheTtl, Segment } from './prompt.ts';
import { TOKENS_PER_REQUEST } from './tokens.ts';

/** Input tokens by how they are billed: disjoint, their sum is the whole prompt (`anthropic-surface.md` §8). */
export type InputCharge = { fresh: number; read: number; write5m: number; write1h: number };

const TTL_MS: Record<CacheTtl, number> = { '5m': 5 * 60_000, '1h': 60 * 60_000 };
/** A breakpoint finds entries at most this many blocks before it. */
const LOOKBACK_BLOCKS = 20;

type Entry = { ttl: CacheTtl; expiresAt: number };
/** The prompt up to and with one segment. */
type Prefix = { key: string; tokens: number; ttl: CacheTtl | undefined };

/** Prefixes that earlier requests marked, the least recently used of which go first. */
export class PromptCache {
  private readonly entries = new Map<string, Entry>();
  private readonly now: () => number;
  private readonly capacity: number;

  /** @param capacity the most prefixes that are kept. */
  constructor(now: () => number, capacity = 10_000) {
    this.now = now;
    this.capacity = capacity;
  }

  /** Reads the longest known prefix, writes those that the request marks, and says what each token costs. */
  charge(model: ModelFacts, segments: readonly Segment[]): InputCharge {
    const prefixes = prefixesOf(model, segments);
    const total = prefixes.at(-1)?.tokens ?? TOKENS_PER_REQUEST;
    const marked = prefixes.flatMap((prefix, index) =>
      prefix.ttl !== undefined && prefix.tokens >= model.rules.minimumCacheTokens
        ? [{ ...prefix, ttl: prefix.ttl, index }]
        : [],
    );
    const hit = this.longestHit(
      prefixes,
      marked.map(({ index }) => index),
    );
    const written: Record<CacheTtl, number> = { '5m': 0, '1h': 0 };
    let covered = hit?.tokens ?? 0;
    if (hit) this.touch(hit.key);
    for (const { key, tokens, ttl } of marked) {
      if (tokens <= covered) continue;
      written[ttl] += tokens - covered;
      covered = tokens;
      this.store(key, { ttl, expiresAt: this.now() + TTL_MS[ttl] });
    }
    return { fresh: total - covered, read: hit?.tokens ?? 0, write5m: written['5m'], write1h: written['1h'] };
  }

  private longestHit(prefixes: readonly Prefix[], marked: readonly number[]): Prefix | undefined {
    for (const index of marked.toReversed()) {
      const lookback = prefixes.slice(Math.max(0, index - LOOKBACK_BLOCKS + 1), index + 1);
      const hit = lookback.findLast((prefix) => this.isAlive(prefix.key));
      if (hit) return hit;
    }
    return undefined;
  }

  private isAlive(key: string): boolean {
    const entry = this.entries.get(key);
    return entry !== undefined && entry.expiresAt > this.now();
  }

  /** A read gives an entry its lifetime anew. */
  private touch(key: string): void {
    const entry = this.entries.get(key);
    if (entry) this.store(key, { ttl: entry.ttl, expiresAt: this.now() + TTL_MS[entry.ttl] });
  }

  private store(key: string, entry: Entry): void {
    this.entries.delete(key);
    this.entries.set(key, entry);
    const oldest = this.entries.size > this.capacity ? this.entries.keys().next().value : undefined;
    if (oldest !== undefined) this.entries.delete(oldest);
  }
}

function prefixesOf(model: ModelFacts, segments: readonly Segment[]): Prefix[] {
  if (!segments.some((segment) => segment.breakpoints.length > 0)) return unmarked(segments);
  const hash = createHash('sha256').update(model.id);
  let tokens = TOKENS_PER_REQUEST;
  return segments.map((segment) => {
    hash.update('\0').update(segment.text);
    tokens += segment.tokens;
    return { key: hash.copy().digest('base64'), tokens, ttl: segment.breakpoints[0] };
  });
}

/** Without a breakpoint nothing is looked up, so nothing needs a hash. */
function unmarked(segments: readonly Segment[]): Prefix[] {
  const tokens = segments.reduce((sum, segment) => sum + segment.tokens, TOKENS_PER_REQUEST);
  return [{ key: '', tokens, ttl: undefined }];
}
