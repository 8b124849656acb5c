import { RARE_KEY, SESSION } from './console-store.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** What the pages of the bench's store lead to. */
export type Found = {
  busyKey: string;
  /** The newest exchange that went well. */
  exchange: string;
  /** Exchanges some way down the list, to go on from. */
  cursors: readonly string[];
};

/** What a page asks the admin API for when it is opened, all at once, the `round`-th time. Addresses below `/v1/` are the data plane's. */
export type Page = (round: number, found: Found) => string[];

const list =
  (query: string): Page =>
  () => [`/exchanges?limit=100${query}`, '/keys'];

/** An overview that ends an hour earlier each time: no two are the same question. */
function overview(days: number, more = '', offset = 480): Page {
  return (round) => {
    const until = Date.now() - round * HOUR;
    const period = `since=${until - days * DAY}&until=${until}${more}`;
    const by = ['key', 'model', 'channel', 'project'][round % 4];
    return [
      `/usage/summary?${period}`,
      `/usage/series?${period}&step=${days > 14 ? 'day' : 'hour'}&offset_minutes=${offset}`,
      `/usage/top?${period}&by=${by}&limit=20`,
      '/usage/budgets',
      '/keys',
    ];
  };
}

/** Every page of the console that reads what grows, by what it shows. */
export const PAGES: Readonly<Record<string, Page>> = {
  'overview, 24 hours': overview(1),
  'overview, 7 days': overview(7),
  'overview, 30 days': overview(30),
  'overview, 90 days': overview(90),
  'overview, 90 days, one project, UTC+1': overview(90, '&project_id=benchproject1', 60),
  'overview, a year': overview(365),
  'exchanges, newest': list(''),
  'exchanges, deep in the list': (round, { cursors }) => [
    `/exchanges?limit=100&before=${cursors[round % cursors.length]}`,
    '/keys',
  ],
  'exchanges of a busy key': (_, { busyKey }) => [`/exchanges?limit=100&key_id=${busyKey}`, '/keys'],
  'exchanges of a rare key': list(`&key_id=${RARE_KEY}`),
  'exchanges by project and model': list('&project_id=benchproject3&model=model-5'),
  'exchanges by model': list('&model=model-7'),
  'exchanges by channel': list('&channel=vertex'),
  'exchanges by status': list('&status=error'),
  'exchanges by error kind and channel': list('&error_kind=overloaded&channel=vertex'),
  'exchanges by loss': list('&loss=top_k'),
  'exchanges by cost': list('&min_cost=40000000'),
  'exchanges by latency': list('&min_ms=21000'),
  'exchanges that nothing matches': list('&min_cost=100000000000'),
  'exchanges of a day long ago': (round) => {
    const since = Date.now() - (50 + round) * DAY;
    return [`/exchanges?limit=100&since=${since}&until=${since + DAY}`, '/keys'];
  },
  'exchanges by words of an error': list('&q=host+42'),
  'exchanges by words, few found': list('&q=busy+vertex+13'),
  'exchanges by words and key': (_, { busyKey }) => [`/exchanges?limit=100&q=busy&key_id=${busyKey}`, '/keys'],
  'one exchange with its receipt': (_, { exchange }) => [`/exchanges/${exchange}`, `/receipts/${exchange}`],
  'cache doctor': () => [`/sessions/${SESSION}/cache`],
  keys: () => ['/keys', '/projects'],
  projects: () => ['/keys', '/projects'],
  budgets: () => ['/budgets', '/usage/budgets', '/keys', '/projects'],
  'channels and models': () => ['/channels', '/models', '/providers'],
  'audit log': () => ['/audit', '/users'],
  'proof of the audit log': () => ['/audit/verification'],
  'settings, users': () => ['/settings', '/tokens', '/users', '/invitations'],
  "key holder's page": () => ['/v1/ezmodel/key'],
};
