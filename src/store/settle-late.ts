import { type AnswerRow, type Asking, integerIn, textIn } from './asking.ts';
import { correctHolds } from './budget-holds.ts';
import { StoreError } from './failure.ts';
import type { Spending } from './sqlite/protocol.ts';
import { SETTLE_ATTEMPT_LATE } from './tables/attempts.ts';
import { COUNTERS, zeroCounters } from './tables/counters.ts';
import { outcomeIn, SETTLE_EXCHANGE_LATE } from './tables/exchanges.ts';
import { type HourlySums, hourlyRow, takenBack } from './tables/hourly.ts';
import { attemptIn, type Booked, differenceRow, INSERT_LEDGER } from './tables/ledger.ts';
import type { Row } from './tables/row.ts';

/** A settlement on its way to the writer. */
export type SettlementRows = { exchange: Row; attempts: Row[]; ledger: Row[]; rollUps: Row[]; spending: Spending };

/** Who makes these corrections, and why: as the ledger tells it. */
const CORRECTION = { actor: 'ezmodel', reason: 'settled late: its process had been taken for dead' };

/** Keeps an exchange that others settled as crashed from being corrected by another transaction until this one ends. */
const KEEP_CRASHED = `UPDATE exchanges SET outcome = outcome WHERE id = ? AND outcome = 'crashed'
  RETURNING key_id, project_id, model, channel, started_at`;

/** What stands in the ledger of each attempt. */
const SELECT_BOOKED = `SELECT a.attempt, a.channel, max(l.sequence) AS sequence, sum(l.cost_nano_usd) AS cost_nano_usd,
    coalesce(sum(CASE l.kind WHEN 'charge' THEN l.unpriced ELSE -l.unpriced END), 0) AS unpriced,
    ${COUNTERS.map((counter) => `coalesce(sum(l.${counter}), 0) AS ${counter}`).join(', ')}
  FROM attempts a LEFT JOIN ledger l ON l.exchange_id = a.exchange_id AND l.attempt = a.attempt
  WHERE a.exchange_id = ? GROUP BY a.attempt, a.channel ORDER BY a.attempt`;

/**
 * Makes the true settlement of an exchange stand that others have settled as crashed, from its last checkpoint, while its process
 * only stood still: the ledger gets a correction of each attempt, and exchange, roll-ups and budgets follow. It stands once: an
 * exchange that is not `crashed` any more is left alone, and so is one whose settlement comes from a recovery itself.
 */
export function* settleLate(id: string, settlement: SettlementRows, hourly: HourlySums): Asking<void> {
  const { exchange, attempts, ledger, rollUps, spending } = settlement;
  if (outcomeIn(exchange) === 'crashed') return;
  const [found] = yield { sql: KEEP_CRASHED, parameters: [id] };
  if (found === undefined) return;
  const rows = yield { sql: SELECT_BOOKED, parameters: [id] };
  const bookedOf = new Map(rows.map((row) => [integerIn(row, 'attempt'), row]));
  for (const charge of ledger) {
    const row = bookedOf.get(attemptIn(charge));
    if (row === undefined) throw new StoreError('rejected', `exchange ${id} has no attempt ${attemptIn(charge)}`);
    const difference = differenceRow(charge, toBooked(row), CORRECTION);
    if (difference) yield { sql: INSERT_LEDGER, parameters: difference };
  }
  for (const parameters of attempts) yield { sql: SETTLE_ATTEMPT_LATE, parameters };
  yield { sql: SETTLE_EXCHANGE_LATE, parameters: exchange };
  for (const row of rollUpsOf(found, rows)) hourly.add(takenBack(row));
  for (const row of rollUps) hourly.add(row);
  yield* correctHolds(id, spending.cost, spending.at);
}

function toBooked(row: AnswerRow): Booked {
  const counters = zeroCounters();
  for (const counter of COUNTERS) counters[counter] = integerIn(row, counter);
  return {
    counters,
    costNanoUsd: integerOrNull(row, 'cost_nano_usd'),
    unpriced: integerIn(row, 'unpriced'),
    sequence: integerOrNull(row, 'sequence'),
  };
}

/** What a crashed exchange has added to the roll-ups so far: itself and its failure under the channel that ended it. */
function rollUpsOf(exchange: AnswerRow, attempts: readonly AnswerRow[]): Row[] {
  const parts = {
    startedAt: integerIn(exchange, 'started_at'),
    keyId: textIn(exchange, 'key_id'),
    projectId: textIn(exchange, 'project_id'),
    model: textIn(exchange, 'model'),
  };
  const nothing = { unpriced: 0, counters: zeroCounters(), costNanoUsd: 0 } as const;
  const itself = hourlyRow({ ...parts, ...nothing, channel: textIn(exchange, 'channel'), exchanges: 1, errors: 1 });
  const used = attempts.map((attempt) => {
    const { counters, costNanoUsd, unpriced } = toBooked(attempt);
    const channel = textIn(attempt, 'channel');
    const sums = { unpriced: unpriced > 0 ? 1 : 0, counters, costNanoUsd: costNanoUsd ?? 0 } as const;
    return hourlyRow({ ...parts, ...sums, channel, exchanges: 0, errors: 0 });
  });
  return [itself, ...used];
}

function integerOrNull(row: AnswerRow, column: string): number | null {
  return row[column] === null ? null : integerIn(row, column);
}
