import type { ExchangeSummary } from '../store/exchange-pages.ts';
import { findLedgerEnd, type LookedUpTo, lookAtExchanges } from '../store/live-exchanges.ts';
import type { AdminParts } from './endpoint.ts';

/** How often the store is looked at while anybody listens, in ms. */
const INTERVAL = 1_000;

/** Looks between two of the health of channels. */
const LOOKS_PER_HEALTH = 5;

/** Exchanges that are remembered, so that none is told twice as it was. */
const MOST_REMEMBERED = 2_000;

/** What began or ended within this many ms before somebody listens is told too: they have read a list a moment ago. */
const RECENT = 10_000;

/** What listeners are told. */
export type LiveNews = { exchanges: readonly ExchangeSummary[]; health: unknown | undefined };

/**
 * What happens, for any number of listeners of this process: read from the store, so that it tells of all workers and nodes, by one
 * look a second, and only while somebody listens.
 */
export type LiveFeed = {
  /** Tells from now on, until what it answers is called. `end` is called when the server is about to close. */
  listen(listener: { tell(news: LiveNews): void; end(): void }): () => void;
};

type Listener = Parameters<LiveFeed['listen']>[0];

/** A feed that looks at nothing yet. */
export function createLiveFeed({
  store,
  now,
  health,
  isClosing,
}: Pick<AdminParts, 'store' | 'now' | 'health' | 'isClosing'>): LiveFeed {
  const listeners = new Set<Listener>();
  let known = new Map<string, string>();
  let upTo: LookedUpTo | undefined;
  let looks = 0;
  let recent: { at: number; exchanges: readonly ExchangeSummary[] }[] = [];
  let lastHealth = '';
  let timer: NodeJS.Timeout | undefined;

  const changedOf = (rows: readonly ExchangeSummary[]): ExchangeSummary[] => {
    const changed = rows.filter((row) => known.get(row.id) !== stateOf(row));
    for (const row of changed) known.set(row.id, stateOf(row));
    if (known.size > MOST_REMEMBERED) known = new Map([...known].slice(-MOST_REMEMBERED / 2));
    return changed.sort((a, b) => a.started_at - b.started_at);
  };

  const look = async (): Promise<void> => {
    const isFirst = upTo === undefined;
    upTo ??= { ledgerRow: await findLedgerEnd(store), openedAt: now() };
    const { rows, next } = await lookAtExchanges(store, upTo, now());
    upTo = next;
    const exchanges = changedOf(rows);
    const current = looks++ % LOOKS_PER_HEALTH === 0 ? await health() : undefined;
    const text = current === undefined ? lastHealth : JSON.stringify(current);
    const isRecent = ({ started_at, ended_at }: ExchangeSummary) => (ended_at ?? started_at) > now() - RECENT;
    const told = isFirst ? exchanges.filter(isRecent) : exchanges;
    const news = { exchanges: told, health: text === lastHealth ? undefined : current };
    lastHealth = text;
    recent = [...recent, { at: now(), exchanges: told }].filter(({ at }) => at > now() - RECENT);
    if (news.exchanges.length === 0 && news.health === undefined) return;
    for (const listener of listeners) listener.tell(news);
  };

  const lookAgain = (): void => {
    timer = setTimeout(async () => {
      if (isClosing()) for (const listener of [...listeners]) listener.end();
      // While the store is down there is no news of it.
      await look().catch(() => undefined);
      if (listeners.size > 0) lookAgain();
      else timer = undefined;
    }, INTERVAL).unref();
  };

  return {
    listen: (listener) => {
      listeners.add(listener);
      if (timer === undefined) {
        upTo = undefined;
        recent = [];
        lookAgain();
      }
      const exchanges = recent.flatMap((look) => look.exchanges);
      if (exchanges.length > 0) listener.tell({ exchanges, health: undefined });
      return () => listeners.delete(listener);
    },
  };
}

/** What of an exchange changes as it goes on. */
function stateOf({ outcome, cost_nano_usd: cost }: ExchangeSummary): string {
  return `${outcome ?? 'open'} ${cost ?? ''}`;
}
