import { Plus } from 'lucide-react';
import { useState } from 'react';
import { useAdmin } from '../../api/hooks.ts';
import { useMay } from '../../api/session.ts';
import { BudgetTable } from '../../budgets/budget-table.tsx';
import { CreateBudget } from '../../budgets/dialogs.tsx';
import { budgetsMessages } from '../../budgets/messages.ts';
import { useMessages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { Section } from '../../ui/page.tsx';
import { Loaded, SkeletonRows } from '../../ui/states.tsx';
import { projectMessages } from './messages.ts';

/** How often what is spent is looked at, in ms. */
const LOOK = 5_000;

/** What a project may spend. */
export function Budgets({ projectId }: { projectId: string }) {
  const text = useMessages(projectMessages);
  const shared = useMessages(budgetsMessages);
  const mayChange = useMay('admin');
  const [isCreating, setCreating] = useState(false);
  const budgets = useAdmin('GET /budgets', {}, { refetchInterval: LOOK });
  return (
    <Section
      title={shared.title}
      actions={
        mayChange && (
          <Button icon={Plus} onClick={() => setCreating(true)}>
            {shared.create}
          </Button>
        )
      }
    >
      <Loaded query={budgets} skeleton={<SkeletonRows rows={2} />}>
        {(data) => {
          const own = data.budgets.filter(({ scope, scope_id: id }) => scope === 'project' && id === projectId);
          if (own.length === 0) return <p className="p-4 text-soft">{text.noBudgets}</p>;
          return <BudgetTable budgets={own} mayChange={mayChange} />;
        }}
      </Loaded>
      {isCreating && <CreateBudget projectId={projectId} onClose={() => setCreating(false)} />}
    </Section>
  );
}
