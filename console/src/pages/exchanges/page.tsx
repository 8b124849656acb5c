import { useNavigate } from '@tanstack/react-router';
import { Activity, Pause, Radio } from 'lucide-react';
import { useMemo } from 'react';
import { useAdmin } from '../../api/hooks.ts';
import { useMessages } from '../../i18n/messages.ts';
import { useFormat } from '../../lib/format.ts';
import { useUrlState } from '../../lib/url-state.ts';
import { Badge, type Tone } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Money } from '../../ui/money.tsx';
import { Page as Frame } from '../../ui/page.tsx';
import { Empty, Loaded, SkeletonRows } from '../../ui/states.tsx';
import { FilterBar } from './filter-bar.tsx';
import { ADDRESS, type Exchange, NO_FILTERS, queryOf } from './filters.ts';
import { exchangesMessages } from './messages.ts';
import { mergeRows, useExchangePages, useLiveRows } from './rows.ts';

const TONES: Record<Exchange['status'], Tone> = {
  open: 'accent',
  ok: 'good',
  error: 'bad',
  aborted: 'warn',
  crashed: 'bad',
};

/** All exchanges: live, and searched. */
export function Page() {
  const text = useMessages(exchangesMessages);
  const [filters, setFilters] = useUrlState(ADDRESS);
  // The filters alone decide: a moment later they ask for the same.
  const query = useMemo(() => queryOf(filters, Date.now()), [filters]);
  const { pages, rows: paged } = useExchangePages(query);
  const isLive = filters.live === 'on';
  const { rows: live, state } = useLiveRows(query, isLive);
  const rows = useMemo(() => mergeRows(paged, live), [paged, live]);
  return (
    <Frame
      title={text.title}
      description={text.description}
      actions={
        <>
          <span role="status" className="text-xs text-soft">
            {!isLive ? text.paused : state === 'waiting' ? text.liveWaiting : text.liveOn}
          </span>
          <Button
            icon={isLive ? Radio : Pause}
            aria-pressed={isLive}
            onClick={() => setFilters({ live: isLive ? 'off' : 'on' })}
          >
            {text.live}
          </Button>
        </>
      }
    >
      <FilterBar filters={filters} onChange={setFilters} />
      <div className="card">
        <Loaded query={pages} skeleton={<SkeletonRows rows={12} />}>
          {() =>
            rows.length === 0 && !pages.hasNextPage ? (
              <Nothing
                isFiltered={Object.entries(NO_FILTERS).some(([name, none]) => Reflect.get(filters, name) !== none)}
              />
            ) : (
              <ExchangeTable
                rows={rows}
                onEnd={() => pages.hasNextPage && !pages.isFetching && void pages.fetchNextPage()}
                footer={<Footer pages={pages} />}
              />
            )
          }
        </Loaded>
      </div>
    </Frame>
  );
}

function Nothing({ isFiltered }: { isFiltered: boolean }) {
  const text = useMessages(exchangesMessages);
  return (
    <Empty icon={Activity} title={isFiltered ? text.noneFound : text.none}>
      <p>{isFiltered ? text.noneFoundHint : text.noneHint}</p>
    </Empty>
  );
}

function Footer({ pages }: { pages: ReturnType<typeof useExchangePages>['pages'] }) {
  const text = useMessages(exchangesMessages);
  return (
    <div className="flex h-10 items-center justify-center text-xs text-soft">
      {pages.isFetching ? (
        <span role="status">{text.searching}</span>
      ) : pages.hasNextPage ? (
        <Button kind="quiet" onClick={() => void pages.fetchNextPage()}>
          {text.searchFurther}
        </Button>
      ) : (
        text.end
      )}
    </div>
  );
}

function ExchangeTable({
  rows,
  onEnd,
  footer,
}: {
  rows: readonly Exchange[];
  onEnd: () => void;
  footer: React.ReactNode;
}) {
  const text = useMessages(exchangesMessages);
  const format = useFormat();
  const navigate = useNavigate();
  const keys = useAdmin('GET /keys', {}).data?.keys;
  const columns = useMemo((): Column<Exchange>[] => {
    const names = new Map(keys?.map(({ id, name }) => [id, name]));
    return [
      { id: 'started', title: text.started, width: '9.25rem', cell: (row) => format.listTime(row.started_at) },
      {
        id: 'status',
        title: text.status,
        width: '7.5rem',
        cell: (row) => (
          <span className="flex items-center gap-1.5">
            <Badge tone={TONES[row.status]}>{row.error_kind ?? text[row.status]}</Badge>
            {row.attempts > 1 && (
              <span className="tabular text-xs text-soft" title={text.attempts(format.count(row.attempts))}>
                ×{format.count(row.attempts)}
              </span>
            )}
          </span>
        ),
      },
      { id: 'model', title: text.model, width: 'minmax(8.5rem, 1.8fr)', cell: (row) => row.model },
      {
        id: 'key',
        title: text.key,
        width: 'minmax(5.25rem, 1fr)',
        cell: (row) => names.get(row.key_id) ?? row.key_id,
      },
      { id: 'channel', title: text.channel, width: 'minmax(5.5rem, 1fr)', cell: (row) => row.channel ?? '–' },
      {
        id: 'input',
        title: text.input,
        width: '4.5rem',
        align: 'end',
        cell: (row) => format.shortCount(row.input + row.cache_read + row.cache_write_5m + row.cache_write_1h),
      },
      { id: 'output', title: text.output, width: '4.5rem', align: 'end', cell: (row) => format.shortCount(row.output) },
      {
        id: 'cost',
        title: text.cost,
        width: '5.5rem',
        align: 'end',
        cell: (row) =>
          row.unpriced ? text.unpriced : row.cost_nano_usd === null ? '–' : <Money nanoUsd={row.cost_nano_usd} />,
      },
      {
        id: 'first',
        title: text.firstEvent,
        width: '5.75rem',
        align: 'end',
        cell: (row) => (row.first_event_at === null ? '–' : format.duration(row.first_event_at - row.started_at)),
      },
      {
        id: 'took',
        title: text.took,
        width: '5rem',
        align: 'end',
        cell: (row) => (row.ended_at === null ? '–' : format.duration(row.ended_at - row.started_at)),
      },
    ];
  }, [text, format, keys]);
  return (
    <DataTable
      label={text.title}
      rows={rows}
      rowKey={({ id }) => id}
      columns={columns}
      onOpen={({ id }) => void navigate({ to: `/exchanges/${id}` })}
      onEnd={onEnd}
      footer={footer}
    />
  );
}
