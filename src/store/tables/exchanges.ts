import type { ExchangeOpening, ExchangeSettlement } from '../../core/exchange.ts';
import { COUNTERS, type Counters } from './counters.ts';
import { flag, type Row, type SqlValue } from './row.ts';

/** A settled exchange: what the client got, and the sums over its attempts. */
export type SettledExchange = Omit<ExchangeSettlement, 'httpStatus'> & {
  /** Undefined when the process died before it could answer. */
  httpStatus: number | undefined;
  /** Of the last attempt. */
  channel: string;
  /** Of the last attempt. */
  upstreamModel: string;
  /** Unix ms of the first content event that the client could get. */
  firstEventAt: number | undefined;
  counters: Counters;
  /** Sum over the priced attempts; null when none has a price. */
  costNanoUsd: number | null;
  partial: boolean;
  estimated: boolean;
  unpriced: boolean;
  attempts: number;
};

/** Writes an exchange's intent; takes an {@link exchangeOpeningRow}. */
export const INSERT_EXCHANGE =
  'INSERT INTO exchanges (id, key_id, project_id, tags, model, dialect, stream, started_at, node) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)';

/** The values of {@link INSERT_EXCHANGE}; `node` names the process that has it open. */
export function exchangeOpeningRow(opening: ExchangeOpening, node: string): Row {
  return [
    opening.id,
    opening.keyId,
    opening.projectId,
    opening.tags.length === 0 ? null : opening.tags.join(' '),
    opening.model,
    opening.dialect,
    flag(opening.stream),
    Math.trunc(opening.startedAt),
    node,
  ];
}

/** Which exchange an {@link exchangeOpeningRow} opens, and when (Unix ms). */
export function openingIn(row: Row): { id: string; startedAt: number } {
  return { id: String(row[0]), startedAt: Number(row[7]) };
}

const END_EXCHANGE = `UPDATE exchanges SET
  outcome = ?, http_status = ?, error_kind = ?, ended_at = ?, channel = ?, upstream_model = ?, first_event_at = ?,
  ${COUNTERS.map((counter) => `${counter} = ?`).join(', ')},
  cost_nano_usd = ?, partial = ?, estimated = ?, unpriced = ?, attempts = ?, losses = ?
  WHERE id = ?`;

/** Settles an open exchange and changes nothing in a settled one; takes an {@link exchangeSettlementRow}. */
export const SETTLE_EXCHANGE = `${END_EXCHANGE} AND outcome IS NULL`;

/** Settles an exchange that others had settled for a process they took for dead; takes an {@link exchangeSettlementRow}. */
export const SETTLE_EXCHANGE_LATE = `${END_EXCHANGE} AND outcome = 'crashed'`;

/** The values of {@link SETTLE_EXCHANGE}; the last one is the id. */
export function exchangeSettlementRow(settled: SettledExchange): Row {
  const { counters } = settled;
  return [
    settled.outcome,
    settled.httpStatus ?? null,
    settled.errorKind ?? null,
    Math.trunc(settled.endedAt),
    settled.channel,
    settled.upstreamModel,
    settled.firstEventAt === undefined ? null : Math.trunc(settled.firstEventAt),
    ...COUNTERS.map((counter) => counters[counter]),
    settled.costNanoUsd,
    flag(settled.partial),
    flag(settled.estimated),
    flag(settled.unpriced),
    settled.attempts,
    settled.losses.length === 0 ? null : settled.losses.join(' '),
    settled.id,
  ];
}

/** How an exchange has ended that an {@link exchangeSettlementRow} settles. */
export function outcomeIn(row: Row): SqlValue {
  return row[0] ?? null;
}

/** Changes nothing, and keeps an open exchange from being settled by another transaction until this one ends; takes its id. */
export const KEEP_OPEN = 'UPDATE exchanges SET outcome = NULL WHERE id = ? AND outcome IS NULL';

/** Whether an exchange exists and is settled: `outcome`. */
export const SELECT_OUTCOME = 'SELECT outcome FROM exchanges WHERE id = ?';
