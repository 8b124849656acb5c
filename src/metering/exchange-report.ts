import { type AttemptRecord, type ExchangeRecord, findExchange, listAttempts } from '../store/exchange-details.ts';
import type { Store } from '../store/open.ts';

/** An exchange with all its attempts, named as `ezmodel exchange ID --json` prints it; times are Unix ms. */
export type ExchangeReport = Omit<ExchangeRecord, 'stream' | 'losses' | 'outcome'> & {
  stream: boolean;
  status: string;
  losses: string[];
  /** Those of the client that are kept. */
  headers: Headers;
  attempts: AttemptReport[];
};

/**
 * One attempt; how long each step took is in ms from its start, null when it did not come to that. `waited_ms` lies before its
 * start, `connect_ms` between `sent_after` and `headers_after`.
 */
export type AttemptReport = Omit<
  AttemptRecord,
  'outcome' | 'partial' | 'estimated' | 'unpriced' | 'client_headers' | 'answer_headers'
> & {
  status: string;
  partial: boolean;
  estimated: boolean;
  unpriced: boolean;
  /** Until the call went out: forming it and writing its intent. */
  sent_after: number | null;
  /** Until status and headers were there. */
  headers_after: number | null;
  first_event_after: number | null;
  ended_after: number | null;
  /** Those of the upstream's answer that are kept. */
  headers: Headers;
};

/** Names in lower case, and values. */
type Headers = Record<string, string>;

/** What the books know of an exchange; undefined for an id that is not in them. */
export async function reportExchange(store: Store, id: string): Promise<ExchangeReport | undefined> {
  const exchange = await findExchange(store, id);
  if (exchange === undefined) return undefined;
  const { outcome, stream, losses, ...rest } = exchange;
  const attempts = await listAttempts(store, id);
  return {
    ...rest,
    stream: stream === 1,
    status: outcome ?? 'open',
    losses: losses === null ? [] : losses.split(' '),
    headers: readHeaders(attempts[0]?.client_headers ?? null),
    attempts: attempts.map(toAttemptReport),
  };
}

function toAttemptReport(record: AttemptRecord): AttemptReport {
  const { outcome, partial, estimated, unpriced, client_headers: _, answer_headers: headers, ...rest } = record;
  const after = (time: number | null) => (time === null ? null : time - record.started_at);
  return {
    ...rest,
    status: outcome ?? 'open',
    partial: partial === 1,
    estimated: estimated === 1,
    unpriced: unpriced === 1,
    sent_after: after(record.sent_at),
    headers_after: after(record.headers_at),
    first_event_after: after(record.first_event_at),
    ended_after: after(record.ended_at),
    headers: readHeaders(headers),
  };
}

function readHeaders(text: string | null): Headers {
  const headers: Headers = text === null ? {} : JSON.parse(text);
  return headers;
}
