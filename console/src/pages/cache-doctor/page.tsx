import { useNavigate } from '@tanstack/react-router';
import type { AdminApi } from '../../../../src/admin/contract.ts';
import { useAdmin } from '../../api/hooks.ts';
import { useMessages } from '../../i18n/messages.ts';
import { useFormat } from '../../lib/format.ts';
import { usePathParameter } from '../../router.tsx';
import { Badge } from '../../ui/badge.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { Figure } from '../../ui/figure.tsx';
import { Money } from '../../ui/money.tsx';
import { Page as Frame } from '../../ui/page.tsx';
import { Loaded, Skeleton } from '../../ui/states.tsx';
import { cacheDoctorMessages } from './messages.ts';

type Diagnosis = AdminApi['GET /sessions/{id}/cache']['answer'];
type Step = Diagnosis['steps'][number];

/** Why the prompt cache of a session hit or missed, and what that cost. */
export function Page() {
  const text = useMessages(cacheDoctorMessages);
  const diagnosis = useAdmin('GET /sessions/{id}/cache', { params: { id: usePathParameter('id') } });
  return (
    <Frame title={text.title} description={text.description}>
      <Loaded query={diagnosis} skeleton={<Skeleton className="h-96" />}>
        {(data) => <Found diagnosis={data} />}
      </Loaded>
    </Frame>
  );
}

function Found({ diagnosis: { model, steps, lost_nano_usd: lost } }: { diagnosis: Diagnosis }) {
  const text = useMessages(cacheDoctorMessages);
  const format = useFormat();
  const misses = steps.filter(({ verdict }) => verdict !== 'hit' && verdict !== 'first').length;
  return (
    <div className="grid gap-5">
      <dl className="grid grid-cols-2 gap-3 lg:grid-cols-4">
        <Figure label={text.model} value={<span className="text-sm">{model}</span>} />
        <Figure label={text.requests} value={format.count(steps.length)} />
        <Figure label={text.misses} value={format.count(misses)} />
        <Figure label={text.lost} value={<Money nanoUsd={lost} />} />
      </dl>
      <div className="card min-w-0">
        <Steps steps={steps} />
      </div>
    </div>
  );
}

function Steps({ steps }: { steps: readonly Step[] }) {
  const text = useMessages(cacheDoctorMessages);
  const format = useFormat();
  const navigate = useNavigate();
  const said = (step: Step): string => {
    switch (step.verdict) {
      case 'message_changed':
        return text.message_changed(format.count((step.changed_message ?? 0) + 1));
      case 'ttl_lapsed':
        return text.ttl_lapsed(format.duration(step.ttl));
      default:
        return text[step.verdict];
    }
  };
  const tone = ({ verdict }: Step) => (verdict === 'hit' ? 'good' : verdict === 'first' ? 'plain' : 'bad');
  return (
    <DataTable
      label={text.title}
      rows={steps}
      rowKey={({ id }) => id}
      onOpen={({ id }) => void navigate({ to: `/exchanges/${id}` })}
      columns={[
        { id: 'started', title: text.started, width: '9.5rem', cell: (step) => format.listTime(step.started_at) },
        {
          id: 'verdict',
          title: text.verdict,
          width: 'minmax(11rem, 1fr)',
          cell: (step) => <Badge tone={tone(step)}>{said(step)}</Badge>,
        },
        { id: 'channel', title: text.channel, width: 'minmax(6rem, 1fr)', cell: (step) => step.channel ?? '–' },
        { id: 'fresh', title: text.fresh, width: '5.5rem', align: 'end', cell: (step) => format.count(step.fresh) },
        { id: 'read', title: text.read, width: '5.5rem', align: 'end', cell: (step) => format.count(step.cache_read) },
        {
          id: 'written',
          title: text.written,
          width: '5.5rem',
          align: 'end',
          cell: (step) => format.count(step.cache_write),
        },
        {
          id: 'gap',
          title: text.gap,
          width: '7rem',
          align: 'end',
          cell: (step) => (step.gap === null ? '–' : format.duration(Math.max(0, step.gap))),
        },
        {
          id: 'cost',
          title: text.cost,
          width: '8.5rem',
          align: 'end',
          cell: (step) => (step.lost_nano_usd === null ? '–' : <Money nanoUsd={step.lost_nano_usd} />),
        },
      ]}
    />
  );
}
