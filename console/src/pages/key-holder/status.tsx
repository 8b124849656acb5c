import { RefreshCw } from 'lucide-react';
import { lazy, Suspense, useMemo, useState } from 'react';
import { type KeyStatus, pricedFirst } from '../../api/data-plane.ts';
import { ClientLines } from '../../clients/client-lines.tsx';
import { useMessages } from '../../i18n/messages.ts';
import { useFormat } from '../../lib/format.ts';
import { ShareBar } from '../../ui/bars.tsx';
import { Button } from '../../ui/button.tsx';
import { SelectField } from '../../ui/field.tsx';
import { Figure } from '../../ui/figure.tsx';
import { Money } from '../../ui/money.tsx';
import { Section } from '../../ui/page.tsx';
import { Skeleton } from '../../ui/states.tsx';
import { keyHolderMessages } from './messages.ts';
import { ModelPrices, RecentExchanges } from './tables.tsx';

const TimeChart = lazy(async () => ({ default: (await import('../../ui/chart.tsx')).TimeChart }));

type StatusProps = {
  status: KeyStatus;
  apiKey: string;
  /** Unix ms of the reading. */
  now: number;
  onRefresh: () => void;
  onForget: () => void;
};

/** All that a key may know of itself. */
export function Status({ status, apiKey, now, onRefresh, onForget }: StatusProps) {
  const text = useMessages(keyHolderMessages);
  const format = useFormat();
  const { spent_nano_usd: spent, expires_at: expires } = status;
  return (
    <div className="grid gap-5">
      <div className="flex flex-wrap gap-2">
        <Button icon={RefreshCw} onClick={onRefresh}>
          {text.refresh}
        </Button>
        <Button kind="quiet" onClick={onForget}>
          {text.forget}
        </Button>
      </div>
      <dl className="grid grid-cols-2 gap-3 lg:grid-cols-4">
        <Figure label={text.today} value={<Money nanoUsd={spent.today} />} note={text.utc} />
        <Figure label={text.month} value={<Money nanoUsd={spent.this_month} />} note={text.utc} />
        <Figure label={text.project} value={status.project} />
        <Figure label={text.expires} value={expires === null ? text.never : format.day(expires)} />
      </dl>
      <div className="grid gap-5 lg:grid-cols-2">
        <Limits limits={status.limits} />
        <Budgets budgets={status.budgets} now={now} />
      </div>
      <SpendCurve days={status.spend_by_day} />
      <RecentExchanges recent={status.recent} />
      <ModelPrices models={status.models} />
      <SetUp apiKey={apiKey} models={pricedFirst(status.models).map(({ id }) => id)} />
    </div>
  );
}

function Limits({ limits }: Pick<KeyStatus, 'limits'>) {
  const text = useMessages(keyHolderMessages);
  const format = useFormat();
  return (
    <Section title={text.limits}>
      <div className="grid gap-3 p-4">
        {limits.length === 0 && <p className="text-soft">{text.noLimits}</p>}
        {limits.map(({ scope, models, measure, limit, remaining }) => {
          const left = text.left(format.count(remaining), format.count(limit));
          const of = [text.limitOf(scope), ...(models === '*' ? [] : [models])].join(', ');
          return (
            <div key={[scope, models, measure].join(' ')} className="grid gap-1">
              <div className="flex flex-wrap justify-between gap-x-4">
                <span>
                  {measure.replaceAll('_', ' ')} <span className="text-soft">({of})</span>
                </span>
                <span className="tabular text-soft">{left}</span>
              </div>
              <ShareBar
                share={1 - remaining / limit}
                tone={remaining > 0 ? 'accent' : 'bad'}
                label={`${measure} (${of}): ${left}`}
              />
            </div>
          );
        })}
      </div>
    </Section>
  );
}

function Budgets({ budgets, now }: Pick<KeyStatus, 'budgets'> & { now: number }) {
  const text = useMessages(keyHolderMessages);
  const format = useFormat();
  return (
    <Section title={text.budgets}>
      <div className="grid gap-3 p-4">
        {budgets.length === 0 && <p className="text-soft">{text.noBudgets}</p>}
        {budgets.map((budget) => {
          const { amount_nano_usd: amount, left_nano_usd: remaining } = budget;
          const left = text.left(format.money(remaining), format.money(amount));
          return (
            <div key={budget.name} className="grid gap-1">
              <div className="flex flex-wrap justify-between gap-x-4">
                <span>{budget.name}</span>
                <span className="tabular text-soft" title={format.exactMoney(remaining)}>
                  {left}
                </span>
              </div>
              <ShareBar
                share={amount === 0 ? 1 : 1 - remaining / amount}
                tone={remaining > 0 ? 'accent' : 'bad'}
                label={`${budget.name}: ${left}`}
              />
              {budget.resets_at !== null && (
                <p className="text-xs text-soft">{text.resets(format.relative(budget.resets_at, now))}</p>
              )}
            </div>
          );
        })}
      </div>
    </Section>
  );
}

function SpendCurve({ days }: { days: KeyStatus['spend_by_day'] }) {
  const text = useMessages(keyHolderMessages);
  const format = useFormat();
  const times = useMemo(() => days.map(({ at }) => at), [days]);
  const series = useMemo(() => [{ label: text.spend, values: days.map((day) => day.cost_nano_usd) }], [days, text]);
  return (
    <Section title={text.spend}>
      <div className="p-4">
        <Suspense fallback={<Skeleton className="h-56" />}>
          <TimeChart label={text.spend} times={times} series={series} format={format.money} />
        </Suspense>
      </div>
    </Section>
  );
}

function SetUp({ apiKey, models }: { apiKey: string; models: readonly string[] }) {
  const text = useMessages(keyHolderMessages);
  const [chosen, setChosen] = useState<string>();
  const model = chosen ?? models[0] ?? '';
  return (
    <Section title={text.setUp}>
      <div className="grid gap-4 p-4">
        <SelectField
          label={text.model}
          value={model}
          choices={models.map((value) => ({ value, label: value }))}
          onValue={setChosen}
        />
        <ClientLines label={text.clients} baseUrl={window.location.origin} apiKey={apiKey} model={model} />
      </div>
    </Section>
  );
}
