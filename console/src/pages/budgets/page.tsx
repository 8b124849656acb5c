import { PiggyBank, Plus } from 'lucide-react';
import { useState } from 'react';
import { useAdmin } from '../../api/hooks.ts';
import { useMay } from '../../api/session.ts';
import { useMessages } from '../../i18n/messages.ts';
import { useFormat } from '../../lib/format.ts';
import { textParameter, useUrlState } from '../../lib/url-state.ts';
import { Badge } from '../../ui/badge.tsx';
import { ShareBar } from '../../ui/bars.tsx';
import { Button } from '../../ui/button.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { Menu } from '../../ui/menu.tsx';
import { Ago, Money } from '../../ui/money.tsx';
import { Page as Frame } from '../../ui/page.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import { Empty, Loaded } from '../../ui/states.tsx';
import { type Budget, ChangeBudget, CreateBudget, RemoveBudget, TopUpBudget } from './dialogs.tsx';
import { budgetsMessages } from './messages.ts';

const ADDRESS = { q: textParameter() };

/** How often what is spent is looked at, in ms. */
const LOOK = 5_000;

type Open = { what: 'create' } | { what: 'change' | 'top-up' | 'remove'; budget: Budget };

/** All budgets that somebody sees, with how far they are used. */
export function Page() {
  const text = useMessages(budgetsMessages);
  const [{ q }, setAddress] = useUrlState(ADDRESS);
  const [open, setOpen] = useState<Open>();
  const mayChange = useMay('admin');
  const budgets = useAdmin('GET /budgets', {}, { refetchInterval: LOOK });
  const close = () => setOpen(undefined);
  return (
    <Frame
      title={text.title}
      description={text.description}
      actions={
        <>
          <SearchField label={text.search} value={q} onValue={(next) => setAddress({ q: next })} />
          {mayChange && (
            <Button kind="primary" icon={Plus} onClick={() => setOpen({ what: 'create' })}>
              {text.create}
            </Button>
          )}
        </>
      }
    >
      <div className="card min-w-0">
        <Loaded query={budgets}>
          {(data) => <Budgets budgets={data.budgets} search={q} mayChange={mayChange} onOpen={setOpen} />}
        </Loaded>
      </div>
      {open?.what === 'create' && <CreateBudget onClose={close} />}
      {open?.what === 'change' && <ChangeBudget budget={open.budget} onClose={close} />}
      {open?.what === 'top-up' && <TopUpBudget budget={open.budget} onClose={close} />}
      {open?.what === 'remove' && <RemoveBudget budget={open.budget} onClose={close} />}
    </Frame>
  );
}

type BudgetsProps = {
  budgets: readonly Budget[];
  search: string;
  mayChange: boolean;
  onOpen: (open: Open) => void;
};

function Budgets({ budgets, search, mayChange, onOpen }: BudgetsProps) {
  const text = useMessages(budgetsMessages);
  const nameOf = useSubjectNames();
  const wanted = search.trim().toLowerCase();
  const rows = budgets.filter((budget) => `${budget.name} ${nameOf(budget)}`.toLowerCase().includes(wanted));
  if (budgets.length === 0) {
    return (
      <Empty icon={PiggyBank} title={text.none}>
        <p>{text.noneHint}</p>
      </Empty>
    );
  }
  if (rows.length === 0) return <Empty icon={PiggyBank} title={text.noMatch} />;
  const now = Date.now();
  return (
    <DataTable
      label={text.title}
      rows={rows}
      rowKey={({ id }) => id}
      columns={[
        {
          id: 'name',
          title: text.name,
          width: 'minmax(8rem, 1.5fr)',
          cell: ({ name }) => <span className="font-medium">{name}</span>,
        },
        {
          id: 'on',
          title: text.on,
          width: 'minmax(9rem, 1.5fr)',
          cell: (budget) => `${text[budget.scope]} · ${nameOf(budget)}`,
        },
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
            return mayChange ? <BudgetMenu budget={budget} onOpen={onOpen} /> : null;
          },
        },
      ]}
    />
  );
}

/** What people call the subject of a budget. */
function useSubjectNames(): (budget: Budget) => string {
  const keys = useAdmin('GET /keys', {}).data?.keys ?? [];
  const projects = useAdmin('GET /projects', {}).data?.projects ?? [];
  const names = new Map<string, string>([
    ...projects.map(({ id, name }) => [`project ${id}`, name] as const),
    ...keys.map(({ id, name }) => [`key ${id}`, name] as const),
  ]);
  return ({ scope, scope_id: id }) => names.get(`${scope} ${id}`) ?? id;
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
