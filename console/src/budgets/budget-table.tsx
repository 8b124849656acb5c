import { useState } from 'react';
import { useMessages } from '../i18n/messages.ts';
import { useFormat } from '../lib/format.ts';
import { Badge } from '../ui/badge.tsx';
import { ShareBar } from '../ui/bars.tsx';
import { DataTable } from '../ui/data-table.tsx';
import { Menu } from '../ui/menu.tsx';
import { Ago, Money } from '../ui/money.tsx';
import { type Budget, ChangeBudget, RemoveBudget, TopUpBudget } from './dialogs.tsx';
import { budgetsMessages } from './messages.ts';

type Open = { what: 'change' | 'top-up' | 'remove'; budget: Budget };

/** Budgets with how far they are used, and what can be done with each. @property nameOf what people call the subject; undefined: it is plain. */
export function BudgetTable({
  budgets,
  nameOf,
  mayChange,
}: {
  budgets: readonly Budget[];
  nameOf?: (budget: Budget) => string;
  mayChange: boolean;
}) {
  const text = useMessages(budgetsMessages);
  const [open, setOpen] = useState<Open>();
  const close = () => setOpen(undefined);
  const now = Date.now();
  return (
    <>
      <DataTable
        label={text.title}
        rows={budgets}
        rowKey={({ id }) => id}
        columns={[
          {
            id: 'name',
            title: text.name,
            width: 'minmax(8rem, 1.5fr)',
            cell: ({ name }) => <span className="font-medium">{name}</span>,
          },
          ...(nameOf
            ? [
                {
                  id: 'on',
                  title: text.on,
                  width: 'minmax(9rem, 1.5fr)',
                  cell: (budget: Budget) => `${text[budget.scope]} · ${nameOf(budget)}`,
                },
              ]
            : []),
          { id: 'period', title: text.period, width: '5.5rem', cell: ({ period }) => text[period] },
          { id: 'kind', title: text.kind, width: '6rem', cell: (budget) => <Kind budget={budget} /> },
          { id: 'used', title: text.used, width: 'minmax(10rem, 1.5fr)', cell: (budget) => <Used budget={budget} /> },
          {
            id: 'left',
            title: text.left,
            width: '6rem',
            align: 'end',
            cell: (budget) => <Money nanoUsd={budget.left_nano_usd} />,
          },
          {
            id: 'resets',
            title: text.resets,
            width: '7rem',
            cell: (budget) => (budget.resets_at === null ? '–' : <Ago at={budget.resets_at} now={now} />),
          },
          {
            id: 'actions',
            title: text.actions,
            width: '7rem',
            align: 'end',
            cell: (budget) => {
              if (budget.managed) return <Badge>{text.managed}</Badge>;
              return mayChange ? <BudgetMenu budget={budget} onOpen={setOpen} /> : null;
            },
          },
        ]}
      />
      {open?.what === 'change' && <ChangeBudget budget={open.budget} onClose={close} />}
      {open?.what === 'top-up' && <TopUpBudget budget={open.budget} onClose={close} />}
      {open?.what === 'remove' && <RemoveBudget budget={open.budget} onClose={close} />}
    </>
  );
}

function Kind({ budget }: { budget: Budget }) {
  const text = useMessages(budgetsMessages);
  if (budget.left_nano_usd === 0) return <Badge tone={budget.hard ? 'bad' : 'warn'}>{text.exhausted}</Badge>;
  return <Badge>{budget.hard ? text.hard : text.soft}</Badge>;
}

function Used({ budget }: { budget: Budget }) {
  const text = useMessages(budgetsMessages);
  const format = useFormat();
  const { amount_nano_usd: amount, spent_nano_usd: spent, held_nano_usd: held } = budget;
  const share = amount === 0 ? 1 : (spent + held) / amount;
  const label = text.usedOf(format.money(spent + held), format.money(amount));
  return (
    <span className="grid w-full gap-1">
      <span className="tabular text-xs">{label}</span>
      <ShareBar share={share} tone={share >= 1 ? 'bad' : share >= 0.8 ? 'warn' : 'accent'} label={label} />
    </span>
  );
}

function BudgetMenu({ budget, onOpen }: { budget: Budget; onOpen: (open: Open) => void }) {
  const text = useMessages(budgetsMessages);
  return (
    <Menu
      label={text.actionsOf(budget.name)}
      items={[
        { label: text.change, onSelect: () => onOpen({ what: 'change', budget }) },
        ...(budget.period === 'prepaid'
          ? [{ label: text.topUp, onSelect: () => onOpen({ what: 'top-up' as const, budget }) }]
          : []),
        { label: text.remove, onSelect: () => onOpen({ what: 'remove', budget }), danger: true },
      ]}
    />
  );
}
