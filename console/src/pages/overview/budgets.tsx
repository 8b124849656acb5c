import { Wallet } from 'lucide-react';
import type { AdminApi } from '../../../../src/admin/contract.ts';
import { useAdmin } from '../../api/hooks.ts';
import { useMessages } from '../../i18n/messages.ts';
import { useFormat } from '../../lib/format.ts';
import { Badge } from '../../ui/badge.tsx';
import { ShareBar, SparkBars } from '../../ui/bars.tsx';
import { Section } from '../../ui/page.tsx';
import { Empty, Loaded } from '../../ui/states.tsx';
import { overviewMessages } from './messages.ts';

type Budget = AdminApi['GET /usage/budgets']['answer']['budgets'][number];

/** Bars of a burn-down. */
const BARS = 48;

/** Each budget: what is spent of it, how that came, and when it will be used up. */
export function Budgets() {
  const text = useMessages(overviewMessages);
  const budgets = useAdmin('GET /usage/budgets', {}, { refetchInterval: 60_000 });
  return (
    <Section title={text.budgets}>
      <Loaded query={budgets}>
        {({ budgets: all }) =>
          all.length === 0 ? (
            <Empty icon={Wallet} title={text.noBudgets}>
              <p>{text.noBudgetsHint}</p>
            </Empty>
          ) : (
            <ul className="max-h-[calc(100dvh-13rem)] divide-y divide-line overflow-auto">
              {all.map((budget) => (
                <BudgetLine key={budget.id} budget={budget} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </Section>
  );
}

function BudgetLine({ budget }: { budget: Budget }) {
  const text = useMessages(overviewMessages);
  const format = useFormat();
  const { name, amount_nano_usd: amount, spent_nano_usd: spent, reserved_nano_usd: reserved } = budget;
  const share = amount === 0 ? 1 : spent / amount;
  const spentText = text.spentOf(format.money(spent), format.money(amount));
  const notes = [
    ...(reserved > 0 ? [text.held(format.money(reserved))] : []),
    ...(budget.forecast_nano_usd !== null && budget.resets_at !== null
      ? [text.forecast(format.money(budget.forecast_nano_usd), format.day(budget.resets_at))]
      : []),
    ...(share >= 1
      ? [text.usedUp]
      : budget.exhausted_at !== null
        ? [text.exhausted(format.shortTime(budget.exhausted_at))]
        : []),
  ];
  const bars = barsOf(budget, Date.now());
  return (
    <li className="grid gap-1.5 px-4 py-3">
      <p className="flex flex-wrap items-center gap-2">
        <span className="min-w-0 truncate font-medium">{name}</span>
        <Badge tone={budget.hard ? 'accent' : 'plain'}>{budget.hard ? text.hard : text.soft}</Badge>
        <span className="grow" />
        <span className="tabular">{spentText}</span>
      </p>
      <ShareBar
        share={share}
        tone={share >= 1 ? 'bad' : budget.exhausted_at === null ? 'accent' : 'warn'}
        label={`${name}: ${spentText}`}
      />
      {bars.length > 0 && <SparkBars values={bars} label={text.burnDown(name)} />}
      {notes.length > 0 && <p className="tabular text-xs text-soft">{notes.join(' · ')}</p>}
    </li>
  );
}

/** What was spent in each of equal parts of the period so far. */
function barsOf({ burn_down: burnDown, period_start: start }: Budget, now: number): number[] {
  const [first] = burnDown ?? [];
  if (!burnDown || !first) return [];
  const begin = start === 0 ? first.at : start;
  const width = Math.max(1, (now - begin) / BARS);
  const bars = Array.from({ length: BARS }, () => 0);
  let before = 0;
  for (const { at, spent_nano_usd: spent } of burnDown) {
    const index = Math.min(BARS - 1, Math.max(0, Math.floor((at - 1 - begin) / width)));
    bars[index] = (bars[index] ?? 0) + spent - before;
    before = spent;
  }
  return bars;
}
