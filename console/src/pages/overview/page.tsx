import { Activity } from 'lucide-react';
import { useMemo } from 'react';
import { useAdmin } from '../../api/hooks.ts';
import { useMessages } from '../../i18n/messages.ts';
import { PERIOD_NAMES, PERIODS, rangeOf } from '../../lib/period.ts';
import { choiceParameter, textParameter, useUrlState } from '../../lib/url-state.ts';
import { Page as Frame } from '../../ui/page.tsx';
import { PeriodPicker } from '../../ui/period-picker.tsx';
import { Empty, Loaded, Skeleton } from '../../ui/states.tsx';
import { Budgets } from './budgets.tsx';
import { CHART_NAMES, Chart } from './chart.tsx';
import { Figures } from './figures.tsx';
import { overviewMessages } from './messages.ts';
import { DIMENSIONS, Ranking } from './ranking.tsx';

const ADDRESS = {
  period: choiceParameter(PERIOD_NAMES, '7d'),
  project: textParameter(),
  chart: choiceParameter(CHART_NAMES, 'spend'),
  by: choiceParameter(DIMENSIONS, 'key'),
};

/** Periods that are drawn day by day. */
const DAILY = 14 * 24 * 3_600_000;

/** What was used, what it cost, how well it went, and how budgets hold. */
export function Page() {
  const text = useMessages(overviewMessages);
  const [{ period, project, chart, by }, setAddress] = useUrlState(ADDRESS);
  const { since, until } = rangeOf(period, Date.now());
  const scope = useMemo(
    () => ({ since, until, ...(project !== '' && { project_id: project }) }),
    [since, until, project],
  );
  const summary = useAdmin('GET /usage/summary', { query: scope }, { refetchInterval: 30_000 });
  const isDaily = PERIODS[period] > DAILY;
  return (
    <Frame
      title={text.title}
      actions={
        <>
          <ProjectChoice value={project} onValue={(next) => setAddress({ project: next })} />
          <PeriodPicker value={period} onValue={(next) => setAddress({ period: next })} />
        </>
      }
    >
      <div className="grid gap-5">
        <Loaded query={summary} skeleton={<Skeleton className="h-64" />}>
          {(data) => (data.current.requests === 0 ? <Nothing /> : <Figures summary={data} />)}
        </Loaded>
        <Chart
          scope={scope}
          step={isDaily ? 'day' : 'hour'}
          shown={chart}
          onShown={(next) => setAddress({ chart: next })}
        />
        <div className="grid items-start gap-5 xl:grid-cols-[1.6fr_1fr]">
          <Ranking scope={scope} by={by} onBy={(next) => setAddress({ by: next })} />
          <Budgets />
        </div>
      </div>
    </Frame>
  );
}

function ProjectChoice({ value, onValue }: { value: string; onValue: (value: string) => void }) {
  const text = useMessages(overviewMessages);
  const keys = useAdmin('GET /keys', {}).data?.keys ?? [];
  const projects = new Map(keys.map((key) => [key.project_id, key.project_name]));
  if (value !== '' && !projects.has(value)) projects.set(value, value);
  return (
    <select
      aria-label={text.project}
      value={value}
      onChange={(event) => onValue(event.target.value)}
      className="control max-w-44"
    >
      <option value="">{text.anyProject}</option>
      {[...projects].map(([id, name]) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </select>
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
