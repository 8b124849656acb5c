import { lazy, Suspense, useMemo } from 'react';
import type { AdminApi } from '../../../../src/admin/contract.ts';
import { useAdmin } from '../../api/hooks.ts';
import { useMessages } from '../../i18n/messages.ts';
import { useFormat } from '../../lib/format.ts';
import { usePreferences } from '../../lib/preferences.ts';
import { minutesAhead } from '../../ui/chart-times.ts';
import { Section } from '../../ui/page.tsx';
import { Loaded, Skeleton } from '../../ui/states.tsx';
import { overviewMessages } from './messages.ts';

const TimeChart = lazy(async () => ({ default: (await import('../../ui/chart.tsx')).TimeChart }));

type Series = AdminApi['GET /usage/series']['answer'];

/** What the chart can show. */
export const CHART_NAMES = ['spend', 'requests', 'tokens', 'latency'] as const;

/** One of them. */
export type ChartName = (typeof CHART_NAMES)[number];

type ChartProps = {
  scope: { since: number; until: number; project_id?: string };
  step: 'hour' | 'day';
  shown: ChartName;
  onShown: (shown: ChartName) => void;
};

/** A figure over the period. */
export function Chart({ scope, step, shown, onShown }: ChartProps) {
  const text = useMessages(overviewMessages);
  const { timeZone } = usePreferences();
  const offset = minutesAhead(timeZone === 'system' ? undefined : timeZone, scope.until);
  const series = useAdmin(
    'GET /usage/series',
    { query: { ...scope, step, offset_minutes: offset } },
    { refetchInterval: 60_000 },
  );
  const names: Record<ChartName, string> = {
    spend: text.spend,
    requests: text.requests,
    tokens: text.tokens,
    latency: text.total,
  };
  return (
    <Section
      title={text.overTime}
      actions={
        <select
          aria-label={text.chart}
          className="control"
          value={shown}
          onChange={(event) => onShown(CHART_NAMES.find((name) => name === event.target.value) ?? 'spend')}
        >
          {CHART_NAMES.map((name) => (
            <option key={name} value={name}>
              {names[name]}
            </option>
          ))}
        </select>
      }
    >
      <div className="p-4">
        <Loaded query={series} skeleton={<Skeleton className="h-56" />}>
          {(data) => <Lines series={data} shown={shown} label={names[shown]} />}
        </Loaded>
      </div>
    </Section>
  );
}

function Lines({ series: { points }, shown, label }: { series: Series; shown: ChartName; label: string }) {
  const text = useMessages(overviewMessages);
  const format = useFormat();
  const times = useMemo(() => points.map(({ at }) => at), [points]);
  const lines = useMemo(() => {
    switch (shown) {
      case 'spend':
        return [{ label: text.spend, values: points.map((point) => point.cost_nano_usd) }];
      case 'requests':
        return [
          { label: text.requests, values: points.map((point) => point.requests) },
          { label: text.errors, values: points.map((point) => point.errors) },
        ];
      case 'tokens':
        return [
          { label: text.freshTokens, values: points.map((point) => point.fresh_tokens) },
          { label: text.cachedTokens, values: points.map((point) => point.cache_read_tokens) },
          { label: text.writtenTokens, values: points.map((point) => point.cache_write_tokens) },
          { label: text.outputTokens, values: points.map((point) => point.output_tokens) },
        ];
      case 'latency':
        return [
          { label: text.firstEvent, values: points.map((point) => point.first_event_ms?.p50 ?? null) },
          { label: text.total, values: points.map((point) => point.total_ms?.p50 ?? null) },
        ];
      default:
        return shown satisfies never;
    }
  }, [points, shown, text]);
  const formats: Record<ChartName, (value: number) => string> = {
    spend: format.money,
    requests: format.shortCount,
    tokens: format.shortCount,
    latency: format.duration,
  };
  return (
    <Suspense fallback={<Skeleton className="h-56" />}>
      <TimeChart label={label} times={times} series={lines} format={formats[shown]} />
    </Suspense>
  );
}
