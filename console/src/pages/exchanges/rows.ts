import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { callAdmin } from '../../api/client.ts';
import { type LiveState, useLiveEvents } from '../../api/event-stream.ts';
import { type Exchange, type ExchangeQuery, matches } from './filters.ts';

/** Rows of one page. */
const PAGE_ROWS = 100;

/** Pages that are searched one after the other without being asked for while nothing fills the screen. */
const MOST_UNASKED = 10;

/** Exchanges that are kept of those told of live. */
const MOST_LIVE = 500;

/** Pages of exchanges, newest first; a filter that matches little is searched further by itself, for a while. */
export function useExchangePages(query: ExchangeQuery) {
  const pages = useInfiniteQuery({
    queryKey: ['GET /exchanges', 'pages', query],
    queryFn: ({ pageParam, signal }) =>
      callAdmin('GET /exchanges', { query: { ...query, limit: PAGE_ROWS, before: pageParam } }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_before ?? undefined,
  });
  const { data, hasNextPage, isFetching, isError, fetchNextPage } = pages;
  const rows = useMemo(() => data?.pages.flatMap(({ exchanges }) => exchanges) ?? [], [data]);
  const looked = data?.pages.length ?? 0;
  const goesOn = hasNextPage && !isFetching && !isError && rows.length < 20 && looked > 0 && looked < MOST_UNASKED;
  useEffect(() => {
    if (goesOn) void fetchNextPage();
  }, [goesOn, fetchNextPage]);
  return { pages, rows };
}

/** Exchanges that begin or end while the page is open, and match. */
export function useLiveRows(query: ExchangeQuery, isOn: boolean): { rows: readonly Exchange[]; state: LiveState } {
  const [live, setLive] = useState<{ query: ExchangeQuery; rows: ReadonlyMap<string, Exchange> }>();
  const state = useLiveEvents(isOn ? '/admin/api/events' : undefined, ({ event, data }) => {
    if (event !== 'exchange') return;
    const exchange: Exchange = JSON.parse(data);
    setLive((known) => {
      const rows = new Map(known?.query === query ? known.rows : []);
      // One that no longer matches, such as an open one that has ended, leaves the list.
      rows.delete(exchange.id);
      if (matches(query, exchange)) rows.set(exchange.id, exchange);
      return { query, rows: rows.size > MOST_LIVE ? new Map([...rows].slice(-MOST_LIVE)) : rows };
    });
  });
  const rows = useMemo(() => (live?.query === query ? [...live.rows.values()] : []), [live, query]);
  return { rows, state };
}

/** Pages and live rows as one list, newest first; what was told live is newer than what a page says. */
export function mergeRows(paged: readonly Exchange[], live: readonly Exchange[]): Exchange[] {
  const byId = new Map([...paged, ...live].map((exchange) => [exchange.id, exchange]));
  return live.length === 0 ? [...byId.values()] : [...byId.values()].sort((one, other) => (one.id < other.id ? 1 : -1));
}
