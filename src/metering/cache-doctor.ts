import type { SessionExchange } from '../store/cache-prefixes.ts';
import { fromPinnedPrice } from './price.ts';
import { TOKENS_PER_RATE } from './receipt.ts';

/** How long upstreams keep a cache where the request does not say, in ms. */
const USUAL_TTL = 5 * 60_000;

/** A share of what could be read that counts as a hit: the last block of a prompt is often not in the cache. */
const HIT_SHARE = 0.5;

/** What became of the cache in one exchange. */
export type CacheVerdict =
  /** Nothing came before it. */
  | 'first'
  | 'hit'
  | 'tools_changed'
  | 'system_changed'
  | 'message_changed'
  | 'route_changed'
  | 'ttl_lapsed'
  /** The prefix was the same, in time, at the same place, and still it was not read. */
  | 'provider_miss';

/** The diagnosis of one exchange. Times are Unix ms, money is nano-USD. */
export type CacheStep = {
  id: string;
  started_at: number;
  channel: string | null;
  upstream_model: string | null;
  fresh: number;
  cache_read: number;
  cache_write: number;
  messages: number;
  verdict: CacheVerdict;
  /** The first message that is not as it was, from 0; null where none is. */
  changed_message: number | null;
  /** Since the end of the exchange before, in ms. */
  gap: number | null;
  ttl: number;
  /** Tokens that stood in the cache after the exchange before and were not read. */
  lost_tokens: number;
  /** What they cost more than reading them; null without a price. */
  lost_nano_usd: number | null;
};

/** Why the cache of a session hit or missed, exchange by exchange. @param exchanges oldest first. */
export function diagnoseCache(exchanges: readonly SessionExchange[]): CacheStep[] {
  return exchanges.map((exchange, index) => {
    const before = exchanges[index - 1];
    const written = exchange.cache_write_5m + exchange.cache_write_1h;
    const cached = before ? before.cache_read + before.cache_write_5m + before.cache_write_1h : 0;
    const ttl = before?.ttl ?? USUAL_TTL;
    const gap = before?.ended_at ? exchange.started_at - before.ended_at : null;
    const isHit = exchange.cache_read > 0 && exchange.cache_read >= cached * HIT_SHARE;
    const lost = before && !isHit ? Math.max(0, cached - exchange.cache_read) : 0;
    const changed = before ? firstChange(before, exchange) : null;
    return {
      id: exchange.id,
      started_at: exchange.started_at,
      channel: exchange.channel,
      upstream_model: exchange.upstream_model,
      fresh: exchange.input,
      cache_read: exchange.cache_read,
      cache_write: written,
      messages: messagesOf(exchange).length,
      verdict: before ? (isHit ? 'hit' : verdictOf(before, exchange, { changed, gap, ttl })) : 'first',
      changed_message: changed,
      gap,
      ttl,
      lost_tokens: lost,
      lost_nano_usd: lossOf(exchange, lost, written > 0),
    };
  });
}

function messagesOf({ messages }: SessionExchange): string[] {
  return messages === '' ? [] : messages.split(' ');
}

function firstChange(before: SessionExchange, after: SessionExchange): number | null {
  const [old, now] = [messagesOf(before), messagesOf(after)];
  const at = old.findIndex((digest, index) => now[index] !== digest);
  return at < 0 ? null : at;
}

/** In the order in which an upstream reads a prompt: what changed first is what breaks the rest. */
function verdictOf(
  before: SessionExchange,
  after: SessionExchange,
  { changed, gap, ttl }: { changed: number | null; gap: number | null; ttl: number },
): CacheVerdict {
  if (before.channel !== after.channel || before.upstream_model !== after.upstream_model) return 'route_changed';
  if (before.tools !== after.tools) return 'tools_changed';
  if (before.system !== after.system) return 'system_changed';
  if (changed !== null) return 'message_changed';
  return gap !== null && gap > ttl ? 'ttl_lapsed' : 'provider_miss';
}

function lossOf(
  { price_id: id, price_version: version, price_rates: rates }: SessionExchange,
  tokens: number,
  wasWritten: boolean,
): number | null {
  if (tokens === 0) return 0;
  if (id === null || version === null || rates === null) return null;
  const { base } = fromPinnedPrice({ id, version, rates });
  const paid = wasWritten ? base.rates.cache_write_5m : base.rates.input;
  return Math.max(0, Math.round((tokens * (paid - base.rates.cache_read)) / TOKENS_PER_RATE));
}
