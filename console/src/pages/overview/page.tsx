import { Activity } from 'lucide-react';
import { lazy, Suspense, useMemo } from 'react';
import type { AnswerOf } from '../../api/client.ts';
import { useAdmin } from '../../api/hooks.ts';
import { useMessages } from '../../i18n/messages.ts';
import { useFormat } from '../../lib/format.ts';
import { PERIOD_NAMES, rangeOf } from '../../lib/period.ts';
import { choiceParameter, useUrlState } from '../../lib/url-state.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { Figure } from '../../ui/figure.tsx';
import { Money } from '../../ui/money.tsx';
import { Page as Frame, Section } from '../../ui/page.tsx';
import { PeriodPicker } from '../../ui/period-picker.tsx';
import { Empty, Loaded, Skeleton } from '../../ui/states.tsx';
import { overviewMessages } from './messages.ts';

const TimeChart = lazy(async () => ({ default: (await import('../../ui/chart.tsx')).TimeChart }));

const ADDRESS = { period: choiceParameter(PERIOD_NAMES, '7d') };

type Usage = AnswerOf<'GET /usage'>;

/** What was used and what it cost. */
export function Page() {
  const text = useMessages(overviewMessages);
  const [{ period }, setAddress] = useUrlState(ADDRESS);
  const usage = useAdmin(
    'GET /usage',
    { query: { since: rangeOf(period, Date.now()).since } },
    { refetchInterval: 30_000 },
  );
  return (
    <Frame
      title={text.title}
      actions={<PeriodPicker value={period} onValue={(next) => setAddress({ period: next })} />}
    >
      <Loaded query={usage} skeleton={<Skeleton className="h-96" />}>
        {(data) => (data.totals.exchanges === 0 ? <Nothing /> : <Figures usage={data} />)}
      </Loaded>
    </Frame>
  );
}

function Nothing() {
  const text = useMessages(overviewMessages);
  return (
    <div className="card">
      <Empty icon={Activity} title={text.none}>
        <p>{text.noneHint}</p>
      </Empty>
    </div>
  );
}

function Figures({ usage: { totals, groups } }: { usage: Usage }) {
  const text = useMessages(overviewMessages);
  const format = useFormat();
  const days = useMemo(() => spendByDay(groups), [groups]);
  const models = useMemo(() => byModel(groups), [groups]);
  return (
    <div className="grid gap-5">
      <dl className="grid grid-cols-2 gap-3 lg:grid-cols-5">
        <Figure label={text.spend} value={<Money nanoUsd={totals.cost_nano_usd} />} />
        <Figure label={text.requests} value={format.count(totals.exchanges)} />
        <Figure label={text.freshTokens} value={format.shortCount(totals.input_tokens)} />
        <Figure label={text.cachedTokens} value={format.shortCount(totals.cache_read_tokens)} />
        <Figure label={text.outputTokens} value={format.shortCount(totals.output_tokens)} />
      </dl>
      <Section title={text.spendByDay}>
        <div className="p-4">
          <Suspense fallback={<Skeleton className="h-56" />}>
            <TimeChart
              label={text.spendByDay}
              times={days.times}
              series={[{ label: text.spend, values: days.values }]}
              format={format.money}
            />
          </Suspense>
        </div>
      </Section>
      <Section title={text.byModel}>
        <DataTable
          label={text.byModel}
          rows={models}
          rowKey={({ model }) => model}
          columns={[
            { id: 'model', title: text.model, width: 'minmax(12rem, 1fr)', cell: ({ model }) => model },
            {
              id: 'requests',
              title: text.requests,
              width: '8rem',
              align: 'end',
              cell: (row) => format.count(row.exchanges),
            },
            {
              id: 'output',
              title: text.outputTokens,
              width: '9rem',
              align: 'end',
              cell: (row) => format.count(row.output),
            },
            {
              id: 'spend',
              title: text.spend,
              width: '8rem',
              align: 'end',
              cell: (row) => <Money nanoUsd={row.cost} />,
            },
          ]}
        />
      </Section>
    </div>
  );
}

function spendByDay(groups: Usage['groups']): { times: number[]; values: number[] } {
  const days = new Map<string, number>();
  for (const { day, cost_nano_usd: cost } of groups) days.set(day, (days.get(day) ?? 0) + cost);
  const sorted = [...days].sort(([one], [other]) => one.localeCompare(other));
  return { times: sorted.map(([day]) => Date.parse(day)), values: sorted.map(([, cost]) => cost) };
}

type ModelUse = { model: string; exchanges: number; output: number; cost: number };

function byModel(groups: Usage['groups']): ModelUse[] {
  const models = new Map<string, ModelUse>();
  for (const { model, exchanges, output_tokens: output, cost_nano_usd: cost } of groups) {
    const known = models.get(model) ?? { model, exchanges: 0, output: 0, cost: 0 };
    models.set(model, {
      model,
      exchanges: known.exchanges + exchanges,
      output: known.output + output,
      cost: known.cost + cost,
    });
  }
  return [...models.values()].sort((one, other) => other.cost - one.cost);
}
