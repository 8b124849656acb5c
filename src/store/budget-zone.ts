import { sql } from 'kysely';
import type { BudgetPeriod } from '../core/budget.ts';
import { windowAt } from '../core/budget-window.ts';
import { query, type Statement } from './query.ts';

/** A budget before and after its clocks are those of another time zone. */
export type ZoneChange = { id: string; period: BudgetPeriod; from: string; to: string };

/**
 * The statements that carry the period of a budget at `now` (Unix ms) over to another time zone, to be run together: what is
 * spent, held and told in it belongs to the new zone's period from then on, so that no change of a zone makes room. None where
 * the period stays the same.
 */
export function carryPeriodStatements({ id, period, from, to }: ZoneChange, now: number): Statement[] {
  const [old, next] = [windowAt(period, from, now), windowAt(period, to, now)];
  if (old.start === next.start && old.end === next.end) return [];
  if (old.start === next.start) {
    return [
      sql`UPDATE budget_periods SET period_end = ${next.end} WHERE budget_id = ${id} AND period_start = ${old.start}`,
    ].map((each) => each.compile(query));
  }
  return [
    // First of all its row, which who holds or settles must have: what they write is then seen by the statements below.
    sql`UPDATE budget_periods SET period_end = ${next.end} WHERE budget_id = ${id} AND period_start = ${old.start}`,
    sql`INSERT INTO budget_periods (budget_id, period_start, period_end, spent_nano_usd, reserved_nano_usd, closed_nano_usd)
      SELECT budget_id, ${next.start}, ${next.end}, spent_nano_usd, reserved_nano_usd, closed_nano_usd
        FROM budget_periods WHERE budget_id = ${id} AND period_start = ${old.start}
      ON CONFLICT (budget_id, period_start) DO UPDATE SET
        spent_nano_usd = budget_periods.spent_nano_usd + excluded.spent_nano_usd,
        reserved_nano_usd = budget_periods.reserved_nano_usd + excluded.reserved_nano_usd,
        closed_nano_usd = budget_periods.closed_nano_usd + excluded.closed_nano_usd`,
    sql`DELETE FROM budget_periods WHERE budget_id = ${id} AND period_start = ${old.start}`,
    sql`UPDATE budget_holds SET period_start = ${next.start} WHERE budget_id = ${id} AND period_start = ${old.start}`,
    sql`INSERT INTO budget_alerts (budget_id, period_start, threshold, crossed_at, spent_nano_usd, sent_at, next_try_at, tries)
      SELECT budget_id, ${next.start}, threshold, crossed_at, spent_nano_usd, sent_at, next_try_at, tries
        FROM budget_alerts WHERE budget_id = ${id} AND period_start = ${old.start} ON CONFLICT DO NOTHING`,
    sql`DELETE FROM budget_alerts WHERE budget_id = ${id} AND period_start = ${old.start}`,
  ].map((each) => each.compile(query));
}
