import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openFreshStore } from '../../test/support/store-under-test.ts';
import { postAttemptError } from './attempt-errors.ts';
import { type ExchangeFilter, pageExchanges } from './exchange-pages.ts';
import { firstIdAt } from './first-id.ts';
import type { Store } from './open.ts';
import { query } from './query.ts';

const START = Date.UTC(2026, 0, 1);
const COUNT = 300;

const OPEN = { channel: null, ended_at: null, outcome: null, cost_nano_usd: null, error_kind: null, losses: null };

let store: Store;
const dataDir = mkdtempSync(join(tmpdir(), 'ezmodel-pages-'));
const isOpen = (index: number) => index % 50 === 25;
const idOf = (index: number) => `${firstIdAt(START + index * 1_000)}AAAA`;

beforeAll(async () => {
  store = await openFreshStore(dataDir);
  for (let index = 0; index < COUNT; index++) {
    const isBroken = index % 10 === 0;
    await store.writer.run(
      query
        .insertInto('exchanges')
        .values({
          ...{ id: idOf(index), key_id: `key${index % 3}`, project_id: `project${index % 2}`, model: `m${index % 5}` },
          ...{ dialect: 'anthropic-messages', stream: 0, started_at: START + index * 1_000 },
          ...(isOpen(index) ? OPEN : endOf(index)),
          ...{
            input: 1,
            cache_read: 0,
            cache_write_5m: 0,
            cache_write_1h: 0,
            output: 1,
            reasoning: 0,
            web_searches: 0,
            ...{ web_fetches: 0, file_searches: 0, code_containers: 0 },
          },
          ...{ partial: 0, estimated: 0, unpriced: 0, attempts: 1 },
        })
        .compile(),
    );
    if (isBroken) {
      const text = `Overloaded: try host-${index} again`;
      postAttemptError(store, { exchangeId: idOf(index), attempt: 1, text });
    }
  }
  await store.writer.flush();
});

afterAll(async () => {
  await store?.close();
  rmSync(dataDir, { recursive: true, force: true });
});

function endOf(index: number) {
  const isBroken = index % 10 === 0;
  return {
    ...{ channel: `c${index % 2}`, ended_at: START + index * 1_000 + index, cost_nano_usd: index },
    ...{ outcome: isBroken ? ('error' as const) : ('ok' as const), error_kind: isBroken ? 'overloaded' : null },
    losses: index % 7 === 0 ? 'top_k stop_sequences' : null,
  };
}

/** All pages of a filter, as the numbers of exchanges. */
async function allOf(filter: ExchangeFilter, limit = 7): Promise<number[]> {
  const found: number[] = [];
  let after: string | undefined;
  do {
    const { rows, next } = await pageExchanges(store, filter, after, limit);
    found.push(...rows.map((row) => (row.started_at - START) / 1_000));
    after = next;
  } while (after !== undefined);
  return found;
}

const newestFirst = (isWanted: (index: number) => boolean) =>
  Array.from({ length: COUNT }, (_, index) => COUNT - 1 - index).filter(isWanted);

const FILTERS: [name: string, ExchangeFilter, (index: number) => boolean][] = [
  ['all', {}, () => true],
  ['key', { keyId: 'key1' }, (index) => index % 3 === 1],
  ['project and model', { projectIds: ['project1'], model: 'm3' }, (index) => index % 2 === 1 && index % 5 === 3],
  ['two projects', { projectIds: ['project0', 'project1'], channel: 'c0' }, (index) => index % 2 === 0],
  ['channel', { channel: 'c1' }, (index) => index % 2 === 1 && !isOpen(index)],
  ['open', { outcome: 'open' }, isOpen],
  ['open ones of a key', { outcome: 'open', keyId: 'key1' }, (index) => isOpen(index) && index % 3 === 1],
  ['no project', { projectIds: [] }, () => false],
  ['good end', { outcome: 'ok' }, (index) => index % 10 !== 0 && !isOpen(index)],
  ['failure', { outcome: 'error', errorKind: 'overloaded' }, (index) => index % 10 === 0],
  ['loss', { loss: 'top_k' }, (index) => index % 7 === 0 && !isOpen(index)],
  ['loss that is a part of another name', { loss: 'top' }, () => false],
  ['cost', { minCost: 20, maxCost: 30 }, (index) => index >= 20 && index <= 30 && !isOpen(index)],
  ['duration', { minDuration: 290, keyId: 'key0' }, (index) => index >= 290 && index % 3 === 0],
  ['time', { since: START + 10_000, until: START + 20_000 }, (index) => index >= 10 && index < 20],
  ['words', { text: 'overloaded try' }, (index) => index % 10 === 0],
  ['the beginning of a word', { text: 'HOST-12' }, (index) => index === 120],
  ['words and a filter', { text: 'again', keyId: 'key0' }, (index) => index % 30 === 0],
  ['words that mean something to the search itself', { text: '"over" OR NOT (*' }, () => false],
  ['no words', { text: '***' }, () => false],
];

test.each(FILTERS)('pages by %s show each exchange once, newest first', async (_, filter, isWanted) => {
  expect(await allOf(filter)).toEqual(newestFirst(isWanted));
});

test('what looks like a credential in the text of an error is masked', async () => {
  const secret = `sk-ant-${'a1'.repeat(20)}`;
  postAttemptError(store, { exchangeId: 'req_secret', attempt: 1, text: `Incorrect key ${secret} provided` });
  await store.writer.flush();
  const rows = await store.reports.all<{ text: string }>({
    ...query.selectNoFrom((expression) => expression.lit(1).as('one')).compile(),
    sql: "SELECT text FROM attempt_errors WHERE exchange_id = 'req_secret'",
  });
  expect(rows).toEqual([{ text: 'Incorrect key … provided' }]);
});
