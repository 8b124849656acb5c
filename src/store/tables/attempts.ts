import type { AttemptCheckpoint, AttemptOpening, AttemptSettlement } from '../../core/exchange.ts';
import { COUNTERS } from './counters.ts';
import type { Row } from './row.ts';

/** Writes an attempt's intent; takes an {@link attemptOpeningRow}. */
export const INSERT_ATTEMPT = `INSERT INTO attempts
  (exchange_id, attempt, channel, provider, upstream_model, started_at, estimated_input, dialect, reason, request_bytes, price_id)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/** The values of {@link INSERT_ATTEMPT}; `priceId` pins the price that holds now (`reliability.md` S21), null when there is none. */
export function attemptOpeningRow(opening: AttemptOpening, priceId: string | null): Row {
  return [
    opening.exchangeId,
    opening.attempt,
    opening.channel,
    opening.provider,
    opening.upstreamModel,
    Math.trunc(opening.startedAt),
    opening.estimatedInput,
    opening.dialect,
    opening.reason,
    opening.requestBytes,
    priceId,
  ];
}

/** Keeps what an open attempt has used so far; takes an {@link attemptCheckpointRow}. */
export const CHECKPOINT_ATTEMPT = `UPDATE attempts SET ${COUNTERS.map((counter) => `so_far_${counter} = ?`).join(', ')}
  WHERE exchange_id = ? AND attempt = ? AND outcome IS NULL`;

/** The values of {@link CHECKPOINT_ATTEMPT}: a counter that the upstream has not named yet stays null. */
export function attemptCheckpointRow(checkpoint: AttemptCheckpoint): Row {
  const counters = COUNTERS.map((counter) => checkpoint.usage[counter] ?? null);
  return [...counters, checkpoint.exchangeId, checkpoint.attempt];
}

const END_ATTEMPT = `UPDATE attempts SET
  outcome = ?, http_status = ?, error_kind = ?, upstream_request_id = ?, sent_at = ?, headers_at = ?, first_event_at = ?,
  ended_at = ?, answer_bytes = ?, waited_ms = ?, connect_ms = ?, client_headers = ?, answer_headers = ?
  WHERE exchange_id = ? AND attempt = ?`;

/** Ends an open attempt; takes an {@link attemptSettlementRow}. */
export const SETTLE_ATTEMPT = `${END_ATTEMPT} AND outcome IS NULL`;

/** Ends an attempt that others took for abandoned, or that they did not know of; takes an {@link attemptSettlementRow}. */
export const SETTLE_ATTEMPT_LATE = `${END_ATTEMPT} AND (outcome IS NULL OR outcome = 'crashed')`;

/** The values of {@link SETTLE_ATTEMPT}. */
export function attemptSettlementRow(settled: AttemptSettlement): Row {
  return [
    settled.outcome,
    settled.httpStatus ?? null,
    settled.errorKind ?? null,
    settled.upstreamRequestId ?? null,
    timeOrNull(settled.sentAt),
    timeOrNull(settled.headersAt),
    timeOrNull(settled.firstEventAt),
    Math.trunc(settled.endedAt),
    settled.answerBytes,
    timeOrNull(settled.waitedMs),
    timeOrNull(settled.connectMs),
    settled.clientHeaders ?? null,
    settled.answerHeaders ?? null,
    settled.exchangeId,
    settled.attempt,
  ];
}

function timeOrNull(time: number | undefined): number | null {
  return time === undefined ? null : Math.trunc(time);
}
