import { type RawBuilder, sql } from 'kysely';

/** How many rows break a rule, and one of them. */
export type Breach = { broken: number; example: string | null };

/** The rules of budgets, as {@link Breach}es: counters are what the holds say and what was closed, and holds what the exchanges say. */
export const BUDGET_RULES: Readonly<Record<string, RawBuilder<Breach>>> = {
  'budget counters = holds': sql`WITH differences AS (
      SELECT budget_id, period_start, sum(spent) AS spent, sum(reserved) AS reserved FROM (
        SELECT budget_id, period_start, spent_nano_usd - closed_nano_usd AS spent, reserved_nano_usd AS reserved
          FROM budget_periods
        UNION ALL
        SELECT budget_id, period_start, -coalesce(spent_nano_usd, 0),
          CASE WHEN spent_nano_usd IS NULL THEN -held_nano_usd ELSE 0 END FROM budget_holds
      ) AS figures GROUP BY budget_id, period_start)
    SELECT count(*) AS broken, min(budget_id) AS example FROM differences WHERE spent <> 0 OR reserved <> 0`,
  'budget holds = exchanges': sql`SELECT count(*) AS broken, min(h.exchange_id) AS example
    FROM budget_holds h LEFT JOIN exchanges e ON e.id = h.exchange_id
    WHERE (h.spent_nano_usd IS NULL AND (e.id IS NULL OR e.outcome IS NOT NULL))
      OR (h.spent_nano_usd IS NOT NULL AND e.id IS NOT NULL AND (e.outcome IS NULL
        OR h.spent_nano_usd < coalesce(e.cost_nano_usd, 0)
        OR (e.unpriced = 0 AND h.spent_nano_usd <> coalesce(e.cost_nano_usd, 0))))`,
  'prepaid budgets = their entries': sql`SELECT count(*) AS broken, min(name) AS example FROM budgets b
    WHERE period = 'prepaid' AND amount_nano_usd <>
      (SELECT coalesce(sum(amount_nano_usd), 0) FROM budget_entries n WHERE n.budget_id = b.id)`,
};
