import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Books, NOON, openBooks } from '../../../test/support/ledger-books.ts';
import type { WebhookConfig } from '../../config/config.ts';
import type { Alert } from '../../core/alert.ts';
import { listAlerts } from '../../store/alerts.ts';
import { StoreError } from '../../store/failure.ts';
import type { Store } from '../../store/open.ts';
import { backOffAfter, type Courier, createCourier } from './courier.ts';

const WEBHOOK: WebhookConfig = {
  name: 'ops',
  url: 'https://hooks.example.com/',
  secret: 'a secret of the tests',
  events: ['ledger.trouble'],
  privateAddressesAllowed: false,
  timeout: 1_000,
};
const ALERT: Alert = { id: 'ledger.trouble:x', event: 'ledger.trouble', at: NOON, data: { node: 'x' } };

let books: Books;
let now: number;
let isDown: boolean;
let answers: ({ status: number } | { problem: string })[];
let told: string[];
let troubles: string[];

beforeEach(async () => {
  books = await openBooks();
  [now, isDown, answers, told, troubles] = [NOON, false, [], [], []];
});
afterEach(() => books.close());

/** The store, whose writes are refused while it is down. */
function flakyStore(): Store {
  const { writer } = books.store;
  const refuse = () => Promise.reject(new StoreError('unavailable', 'the database is away'));
  return {
    ...books.store,
    writer: {
      ...writer,
      run: (statement) => (isDown ? refuse() : writer.run(statement)),
      runTogether: (statements) => (isDown ? refuse() : writer.runTogether(statements)),
    },
  };
}

function courier(webhooks = [WEBHOOK]): Courier {
  return createCourier({
    store: flakyStore(),
    webhooks: () => webhooks,
    post: async (_, { headers }) => {
      told.push(String(headers['x-ezmodel-alert']));
      return answers.shift() ?? { status: 200 };
    },
    now: () => now,
    onTrouble: (message) => troubles.push(message),
  });
}

const deliveries = async () => (await listAlerts(books.store, 10)).flatMap((alert) => alert.deliveries);

test('S6 what cannot be kept is told all the same, once, and kept as told when the store is back', async () => {
  const messenger = courier();
  isDown = true;
  messenger.raise(ALERT);
  await messenger.look();
  await messenger.look();
  expect(told).toEqual([ALERT.id]);
  isDown = false;
  await messenger.look();
  expect(told).toEqual([ALERT.id]);
  expect(await deliveries()).toMatchObject([{ webhook: 'ops', sentAt: NOON, tries: 0 }]);
});

test('a receiver that fails is tried again later and later, and given up after a day', async () => {
  const messenger = courier();
  messenger.raise(ALERT);
  messenger.raise(ALERT);
  answers = [{ status: 503 }, { problem: 'did not answer in time' }, { status: 301 }];
  await messenger.look();
  await messenger.look();
  expect(told).toHaveLength(1);
  now += backOffAfter(1);
  await messenger.look();
  expect(await deliveries()).toMatchObject([{ tries: 2, failure: 'did not answer in time', sentAt: null }]);
  now += 25 * 3_600_000;
  await messenger.look();
  expect(await deliveries()).toMatchObject([{ tries: 3, failure: 'answered with HTTP 301', givenUpAt: now }]);
  expect(troubles).toEqual(['an alert could not be delivered and is given up']);
  now += 25 * 3_600_000;
  await messenger.look();
  expect(told).toHaveLength(3);
  expect([1, 2, 3, 30].map(backOffAfter)).toEqual([1_000, 2_000, 4_000, 900_000]);
});

test('S8 a clock that is set back an hour holds up no delivery', async () => {
  const messenger = courier();
  messenger.raise(ALERT);
  answers = [{ status: 500 }];
  await messenger.look();
  now -= 3_600_000;
  await messenger.look();
  expect(await deliveries()).toMatchObject([{ tries: 2, sentAt: now }]);
});

test('who does not take an event is not told of it; who has left the file is told no more', async () => {
  const webhooks = [WEBHOOK, { ...WEBHOOK, name: 'budgets', events: ['budget.refused' as const] }];
  const messenger = courier(webhooks);
  messenger.raise(ALERT);
  answers = [{ status: 500 }];
  await messenger.look();
  expect(told).toHaveLength(1);
  webhooks.shift();
  now += 10_000;
  await messenger.look();
  expect(told).toHaveLength(1);
  expect(await deliveries()).toMatchObject([{ webhook: 'ops', failure: 'is switched off or removed' }]);
});
