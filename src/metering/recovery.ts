import type { AttemptSettlement } from '../core/exchange.ts';
import type { Usage } from '../core/usage.ts';
import type { OpenAttempt, Settlement } from '../store/exchanges.ts';
import { COUNTERS } from '../store/tables/counters.ts';
import { fromPinnedPrice, type Price } from './price.ts';
import { type ExchangeEnd, makeSettlement, type OpenedExchange } from './settlement.ts';

/**
 * Settlements for exchanges whose process died (`reliability.md` S1): outcome `crashed`, usage from the last checkpoint, and
 * where that says nothing of the prompt its estimated size; always partial and estimated, priced as pinned at the start.
 */
export function settleCrashed(rows: readonly OpenAttempt[], now: number, unpricedVersion: string): Settlement[] {
  const prices = new Map<string, Price>();
  const byExchange = Map.groupBy(rows, (row) => row.exchange_id);
  return [...byExchange.values()].flatMap((attempts) => {
    const [first] = attempts;
    if (first === undefined) return [];
    const opened: OpenedExchange = {
      id: first.exchange_id,
      keyId: first.key_id,
      projectId: first.project_id,
      model: first.model,
      startedAt: first.exchange_started_at,
      attempts: attempts.map((row) => ({
        attempt: row.attempt,
        channel: row.channel,
        upstreamModel: row.upstream_model,
        price: pinnedPrice(row, prices),
      })),
    };
    const end: ExchangeEnd = {
      id: opened.id,
      outcome: 'crashed',
      httpStatus: undefined,
      errorKind: undefined,
      endedAt: now,
      losses: [],
    };
    const settled = attempts.map((row) => settleCrashedAttempt(row, now));
    return [makeSettlement(opened, end, settled, unpricedVersion)];
  });
}

function settleCrashedAttempt(row: OpenAttempt, now: number): AttemptSettlement {
  return {
    exchangeId: row.exchange_id,
    attempt: row.attempt,
    outcome: 'crashed',
    httpStatus: undefined,
    errorKind: undefined,
    upstreamRequestId: undefined,
    sentAt: undefined,
    headersAt: undefined,
    answerBytes: 0,
    firstEventAt: undefined,
    endedAt: now,
    usage: lastKnownUsage(row),
    partial: true,
    estimated: true,
  };
}

function lastKnownUsage(row: OpenAttempt): Usage {
  const usage: Usage = {};
  for (const counter of COUNTERS) {
    const soFar = row[`so_far_${counter}`];
    if (soFar !== null) usage[counter] = soFar;
  }
  const prompt = [usage.input, usage.cache_read, usage.cache_write_5m, usage.cache_write_1h];
  if (prompt.every((count) => count === undefined)) usage.input = row.estimated_input;
  return usage;
}

function pinnedPrice(row: OpenAttempt, known: Map<string, Price>): Price | undefined {
  const { price_id: id, price_version: version, price_rates: rates } = row;
  if (id === null || version === null || rates === null) return undefined;
  const price = known.get(id) ?? fromPinnedPrice({ id, version, rates });
  known.set(id, price);
  return price;
}
