import { PiggyBank, Plus } from 'lucide-react';
import { useState } from 'react';
import { useAdmin } from '../../api/hooks.ts';
import { useMay } from '../../api/session.ts';
import { BudgetTable } from '../../budgets/budget-table.tsx';
import { type Budget, CreateBudget } from '../../budgets/dialogs.tsx';
import { budgetsMessages } from '../../budgets/messages.ts';
import { useMessages } from '../../i18n/messages.ts';
import { textParameter, useUrlState } from '../../lib/url-state.ts';
import { Button } from '../../ui/button.tsx';
import { Page as Frame } from '../../ui/page.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import { Empty, Loaded } from '../../ui/states.tsx';

const ADDRESS = { q: textParameter() };

/** How often what is spent is looked at, in ms. */
const LOOK = 5_000;

/** All budgets that somebody sees, with how far they are used. */
export function Page() {
  const text = useMessages(budgetsMessages);
  const [{ q }, setAddress] = useUrlState(ADDRESS);
  const [isCreating, setCreating] = useState(false);
  const mayChange = useMay('admin');
  const budgets = useAdmin('GET /budgets', {}, { refetchInterval: LOOK });
  return (
    <Frame
      title={text.title}
      description={text.description}
      actions={
        <>
          <SearchField label={text.search} value={q} onValue={(next) => setAddress({ q: next })} />
          {mayChange && (
            <Button kind="primary" icon={Plus} onClick={() => setCreating(true)}>
              {text.create}
            </Button>
          )}
        </>
      }
    >
      <div className="card min-w-0">
        <Loaded query={budgets}>{(data) => <Budgets budgets={data.budgets} search={q} mayChange={mayChange} />}</Loaded>
      </div>
      {isCreating && <CreateBudget onClose={() => setCreating(false)} />}
    </Frame>
  );
}

type BudgetsProps = { budgets: readonly Budget[]; search: string; mayChange: boolean };

function Budgets({ budgets, search, mayChange }: BudgetsProps) {
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
  return <BudgetTable budgets={rows} nameOf={nameOf} mayChange={mayChange} />;
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
