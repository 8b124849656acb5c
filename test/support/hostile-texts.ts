import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { databaseFile } from '../../src/store/open.ts';

/** What runs when any payload does. */
const RUN = 'window.executed=(window.executed||0)+1';

const HANDLERS = [
  'onerror',
  'onload',
  'onfocus',
  'onmouseover',
  'ontoggle',
  'onanimationstart',
  'onpointerenter',
  'onbegin',
];
const TAGS = [
  'img src=x',
  'svg',
  'body',
  'details open',
  'video src=x',
  'iframe src=x',
  'input autofocus',
  'math',
  'a href=#',
  'object data=x',
  'marquee',
  'style',
];
const OPENINGS = ['', '"', "'", '">', "'>", '</title>', '</textarea>', '</script>', '-->', ']]>', '`', '${', '{{'];

/** A thousand ways to be more than text: each opening with each tag and handler, and those that need no handler. */
export const PAYLOADS: readonly string[] = [
  ...OPENINGS.flatMap((opening) =>
    TAGS.flatMap((tag) => HANDLERS.map((handler) => `${opening}<${tag} ${handler}=${RUN}>`)),
  ).slice(0, 976),
  ...['', 'JaVaScRiPt', 'data', 'vbscript'].flatMap((scheme) => [
    `<a href="${scheme || 'javascript'}:${RUN}">x</a>`,
    `[x](${scheme || 'javascript'}:${RUN})`,
    `![x](${scheme || 'javascript'}:${RUN})`,
    `<iframe srcdoc="<script>${RUN}</script>">`,
    `<script>${RUN}</script>`,
    `<scr\0ipt>${RUN}</scr\0ipt>`,
  ]),
];

/** A column that gets a text of its own in each copy of a row. */
type Hostile = { table: string; columns: readonly string[]; copies: number; more?: Record<string, SQLInputValue> };

/** Everything that people and upstreams name, with how many copies of it there are to be. */
const PLACES: readonly Hostile[] = [
  { table: 'keys', columns: ['name', 'models', 'tags'], copies: 70, more: { managed: 0 } },
  { table: 'projects', columns: ['name', 'models', 'default_tags'], copies: 50, more: { managed: 0 } },
  { table: 'users', columns: ['name'], copies: 40, more: { role: 'viewer' } },
  { table: 'budgets', columns: ['name'], copies: 40 },
  { table: 'model_routes', columns: ['name'], copies: 40 },
  { table: 'admin_tokens', columns: ['name'], copies: 20 },
  { table: 'invitations', columns: ['email'], copies: 20 },
  { table: 'webhooks', columns: ['name'], copies: 20 },
  { table: 'exchanges', columns: ['model', 'channel', 'error_kind', 'losses', 'tags'], copies: 100 },
  { table: 'hourly', columns: ['model', 'channel', 'key_id'], copies: 20 },
];

/** Columns that hold a JSON array of texts. */
const LISTS = new Set(['models', 'tags', 'default_tags']);

/**
 * Copies rows of a running gateway's database, with a payload in every column that holds somebody's words.
 * @returns the payloads by `table.column`, in the order in which they were written.
 */
export function plantPayloads(dataDirectory: string): Map<string, string[]> {
  const database = new DatabaseSync(databaseFile(dataDirectory));
  database.exec('PRAGMA busy_timeout = 10000');
  const planted = new Map<string, string[]>();
  let next = 0;
  const take = (place: string): string => {
    const plain = (PAYLOADS[next++ % PAYLOADS.length] ?? '').replaceAll('\0', '');
    // Names of models have no spaces; a slash does what they do.
    const payload = place === 'model_routes.name' ? plain.replaceAll(' ', '/') : plain;
    planted.set(place, [...(planted.get(place) ?? []), payload]);
    return payload;
  };
  database.exec('BEGIN IMMEDIATE');
  for (const { table, columns, copies, more = {} } of PLACES) {
    for (let copy = 0; copy < copies; copy++) {
      const changes: Record<string, SQLInputValue> = { ...more, ...identityOf(table, copy) };
      for (const column of columns) {
        const payload = take(`${table}.${column}`);
        changes[column] = LISTS.has(column) && table !== 'exchanges' ? JSON.stringify([payload]) : payload;
      }
      copyRow(database, table, changes);
    }
  }
  plantAttempts(database, take);
  // Processes read anew what they keep of channels and routes.
  database.exec('UPDATE revisions SET value = value + 1');
  database.exec('COMMIT');
  database.close();
  return planted;
}

/** Columns that no two rows may share. */
function identityOf(table: string, copy: number): Record<string, SQLInputValue> {
  const id = `${table.slice(0, 3)}_${String(copy).padStart(10, '0')}`;
  switch (table) {
    case 'exchanges':
      return { id: `req_zz${id}` };
    case 'users':
      return { id, email: `${id}@example.org` };
    case 'hourly':
    case 'model_routes':
    case 'webhooks':
      return {};
    case 'projects':
    case 'budgets':
      return { id };
    default:
      return { id, digest: Buffer.from(id) };
  }
}

/** One exchange gets many attempts, each with hostile names, reasons, errors and headers. */
function plantAttempts(database: DatabaseSync, take: (place: string) => string): void {
  const id = 'req_zzexc_0000000000';
  for (let attempt = 1; attempt <= 30; attempt++) {
    const headers = (place: string) => JSON.stringify({ 'user-agent': take(place), [take(`${place}-name`)]: 'x' });
    copyRow(database, 'attempts', {
      exchange_id: id,
      attempt,
      channel: take('attempts.channel'),
      upstream_model: take('attempts.upstream_model'),
      reason: take('attempts.reason'),
      upstream_request_id: take('attempts.upstream_request_id'),
      client_headers: headers('attempts.client_headers'),
      answer_headers: headers('attempts.answer_headers'),
    });
    database
      .prepare('INSERT INTO attempt_errors (exchange_id, attempt, text) VALUES (?, ?, ?)')
      .run(id, attempt, take('attempt_errors.text'));
  }
}

/** Inserts a copy of the newest row of a table with other values; a table without rows stays empty. */
function copyRow(database: DatabaseSync, table: string, changes: Record<string, SQLInputValue>): void {
  const names = database.prepare(`SELECT name FROM pragma_table_info('${table}')`).all();
  const columns = names.map(({ name }) => String(name));
  const sources = columns.map((column) => (column in changes ? '?' : column));
  const values = columns.flatMap((column) => (column in changes ? [changes[column] ?? null] : []));
  database
    .prepare(`INSERT INTO ${table} (${columns.join(', ')}) SELECT ${sources.join(', ')} FROM ${table} LIMIT 1`)
    .run(...values);
}
