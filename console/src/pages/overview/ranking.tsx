import { useNavigate } from '@tanstack/react-router';
import { Activity } from 'lucide-react';
import type { AdminApi } from '../../../../src/admin/contract.ts';
import { useAdmin } from '../../api/hooks.ts';
import { useMessages } from '../../i18n/messages.ts';
import { useFormat } from '../../lib/format.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { Money } from '../../ui/money.tsx';
import { Section } from '../../ui/page.tsx';
import { Empty, Loaded } from '../../ui/states.tsx';
import { overviewMessages } from './messages.ts';

/** What figures can be told apart by. */
export const DIMENSIONS = ['key', 'model', 'channel', 'project'] as const;

type Dimension = (typeof DIMENSIONS)[number];
type Item = AdminApi['GET /usage/top']['answer']['items'][number];

/** The keys, models, channels or projects that cost most; one leads to its exchanges. */
export function Ranking({
  scope,
  by,
  onBy,
}: {
  scope: { since: number; until: number; project_id?: string };
  by: Dimension;
  onBy: (by: Dimension) => void;
}) {
  const text = useMessages(overviewMessages);
  const top = useAdmin('GET /usage/top', { query: { ...scope, by, limit: 20 } }, { refetchInterval: 60_000 });
  const names: Record<Dimension, string> = {
    key: text.keys,
    model: text.models,
    channel: text.channels,
    project: text.projects,
  };
  return (
    <Section
      title={text.top}
      actions={
        <select
          aria-label={text.by}
          className="control"
          value={by}
          onChange={(event) => onBy(DIMENSIONS.find((name) => name === event.target.value) ?? 'key')}
        >
          {DIMENSIONS.map((name) => (
            <option key={name} value={name}>
              {names[name]}
            </option>
          ))}
        </select>
      }
    >
      <Loaded query={top}>
        {({ items }) =>
          items.length === 0 ? <Empty icon={Activity} title={text.none} /> : <Items items={items} by={by} />
        }
      </Loaded>
    </Section>
  );
}

function Items({ items, by }: { items: readonly Item[]; by: Dimension }) {
  const text = useMessages(overviewMessages);
  const format = useFormat();
  const navigate = useNavigate();
  return (
    <DataTable
      label={text.top}
      rows={items}
      rowKey={({ id }) => id}
      onOpen={({ id }) => void navigate({ to: '/exchanges', search: { [by]: id } })}
      columns={[
        {
          id: 'name',
          title: text[by],
          width: 'minmax(7rem, 1fr)',
          cell: ({ id, name }) => name ?? `${id} (${text.gone})`,
        },
        {
          id: 'spend',
          title: text.spend,
          width: '5.5rem',
          align: 'end',
          cell: (row) => <Money nanoUsd={row.cost_nano_usd} />,
        },
        {
          id: 'requests',
          title: text.requests,
          width: '5.5rem',
          align: 'end',
          cell: (row) => format.count(row.requests),
        },
        {
          id: 'errors',
          title: text.errorRate,
          width: '5.5rem',
          align: 'end',
          cell: (row) => format.percent(row.errors / Math.max(1, row.requests)),
        },
        {
          id: 'first',
          title: text.firstEvent,
          width: '9.5rem',
          align: 'end',
          cell: (row) => (row.first_event_ms ? format.duration(row.first_event_ms.p50) : '–'),
        },
      ]}
    />
  );
}
