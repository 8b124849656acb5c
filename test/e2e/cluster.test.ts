import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { textStream, wholeMessage } from '../support/anthropic-stream.ts';
import { type Answer, call } from '../support/call.ts';
import { Cluster } from '../support/cluster.ts';
import { FakeUpstream } from '../support/fake-upstream.ts';
import { channelConfig, type Gateway } from '../support/gateway.ts';
import { TestPostgres } from '../support/postgres.ts';
import { HAS_REDIS } from '../support/redis.ts';
import { SimulatedAccounts } from '../support/simulated-accounts.ts';
import { waitFor } from '../support/wait.ts';
import { readyWorkers, startedWorkers } from '../support/workers.ts';

const MODEL = 'claude-opus-5';
const LIMITED_MODEL = 'claude-opus-4-1';
const SESSION_MODEL = 'claude-sonnet-5-5';
const USAGE = { input: 30, output: 12 };
const STREAM = textStream({ model: MODEL, usage: USAGE }, ['one ', 'two ', 'three ']);
/** Each request goes to another worker of its node. */
const CLOSE = { connection: 'close' };

let postgres: TestPostgres;
let url: string;
let upstream: FakeUpstream;
let accounts: SimulatedAccounts;
let cluster: Cluster;

beforeAll(async () => {
  postgres = await TestPostgres.start();
  url = await postgres.database();
  upstream = await FakeUpstream.start();
  accounts = await SimulatedAccounts.start();
  const shared = { name: 'accounts', provider: 'anthropic', base_url: accounts.url, api_keys: ['one', 'two'] };
  const more = `  - ${JSON.stringify({ ...shared, models: [SESSION_MODEL] })}\nserver: { node_lease: 3s }\nlimits: [{ model: ${LIMITED_MODEL}, requests_per_minute: 6 }]\n`;
  const config = channelConfig({ url: upstream.url, apiKey: upstream.apiKey, models: [MODEL, LIMITED_MODEL], more });
  cluster = await Cluster.start({ databaseUrl: url, config, sizes: [2, 1, 1] });
}, 120_000);

beforeEach(() => {
  upstream.reset();
  upstream.fallback = (reply) => reply.json(200, wholeMessage({ model: MODEL, usage: USAGE }));
});

afterAll(async () => {
  await cluster?.dispose();
  await upstream?.stop();
  await accounts?.stop();
  await postgres?.dispose();
});

const ask = () => ({ model: MODEL, max_tokens: 64, messages: [{ role: 'user', content: 'Hi' }] });

/** Answers a stream up to its second text, and then nothing more. */
const hang = async (reply: Parameters<NonNullable<typeof upstream.fallback>>[0]) => {
  await reply.streamHead();
  for (const event of STREAM.slice(0, 4)) await reply.chunk(event);
};

async function outcomeOf(requestId: string | undefined): Promise<unknown> {
  const rows = await postgres.query(url, `SELECT outcome FROM exchanges WHERE id = '${requestId}'`);
  return rows[0]?.['outcome'];
}

/** Asks every process until all of them answer so; gives the ms that it took from `since`, for the slowest. */
async function everywhere(since: number, key: string, status: number): Promise<number> {
  const isAll = (answers: readonly Answer[]) => answers.every((answer) => answer.status === status);
  for (const node of cluster.nodes) {
    const headers = { 'x-api-key': key, 'anthropic-version': '2023-06-01', ...CLOSE };
    const asked = () => Promise.all(Array.from({ length: 4 }, () => call(`${node.url}/v1/models`, { headers })));
    await waitFor(`a ${status} at every process`, async () => isAll(await asked()));
  }
  return performance.now() - since;
}

describe('nodes on one PostgreSQL, one of them with workers', { timeout: 120_000 }, () => {
  test('whichever worker is asked, metrics and /readyz say of database, Redis and nodes what an alert can go by', async () => {
    const node = cluster.node(0);
    await waitFor('every process to know of all', async () => {
      for (let worker = 0; worker < 2; worker++) {
        const { text } = await node.send('/metrics', { headers: CLOSE });
        const figure = (name: string) => Number(new RegExp(`^ezmodel_${name} (\\d+)$`, 'm').exec(text)?.[1]);
        expect([figure('database_up'), figure('redis_up'), figure('workers')]).toEqual([1, 1, 2]);
        const ready = (await node.send('/readyz', { headers: CLOSE })).json();
        expect(ready).toMatchObject({ database: 'up', spooled_bytes: 0 });
        if (figure('nodes') !== 4 || ready['nodes'] !== 4) return false;
      }
      return true;
    });
  });

  test.each([
    ['', undefined],
    [' while Redis is frozen', 'SIGSTOP'],
  ] as const)(
    'S13 G18 a key that is made, switched off and revoked, and a limit that is set, are known at every process%s',
    async (when, signal) => {
      if (signal) cluster.redis?.signal(signal);
      const [first, second] = [cluster.node(0), cluster.node(1)];
      const name = `wanderer${when.length}`;
      const { id, key } = await first.createKey(name);
      const took: number[] = [await everywhere(performance.now(), key, 200)];
      const change = async (...args: string[]) => {
        expect(await second.command(...args)).toMatchObject({ code: 0 });
        return performance.now();
      };
      took.push(await everywhere(await change('keys', 'disable', id), key, 401));
      took.push(await everywhere(await change('keys', 'enable', id), key, 200));
      const limited = await change('limits', 'set', '--key', name, '--requests', '1');
      for (const node of cluster.nodes) {
        await waitFor('the limit', async () => {
          const answer = await node.messages(ask(), { 'x-api-key': key, ...CLOSE });
          return answer.status === 429 || answer.headers['anthropic-ratelimit-requests-limit'] === '1';
        });
      }
      took.push(performance.now() - limited);
      took.push(await everywhere(await change('keys', 'revoke', id), key, 401));
      process.stdout.write(`changes were known everywhere${when} after ${took.map(Math.round).join(', ')} ms\n`);
      if (signal) cluster.redis?.signal('SIGCONT');
    },
  );

  test('S11 a worker that is killed: its streams are settled at once, by its own node', async () => {
    const node = cluster.node(0);
    upstream.fallback = hang;
    const live = await Promise.all(Array.from({ length: 6 }, () => node.stream(ask(), CLOSE)));
    await Promise.all(live.map((stream) => stream.until('two')));
    const [victim] = startedWorkers(node);
    process.kill(victim?.pid ?? 0, 'SIGKILL');
    const ids = live.map((stream) => stream.headers['request-id']);
    await waitFor('the settlement of some', async () => (await Promise.all(ids.map(outcomeOf))).includes('crashed'));
    expect(await Promise.all(ids.map(outcomeOf))).toContain(null);
    await readyWorkers(node, 3, 30_000);
    for (const stream of live) stream.abort();
    await waitFor('all', async () => !(await Promise.all(ids.map(outcomeOf))).includes(null));
  });

  test('S18 a node that is killed: the others settle what it had open within the lease, and its next start what a hard budget holds for it', async () => {
    const [victim, other] = [cluster.node(2), cluster.node(1)];
    expect(await other.command('projects', 'create', '--name', 'free')).toMatchObject({ code: 0 });
    expect(await other.command('budgets', 'set', 'all', '--project', 'default', '--amount', '10')).toMatchObject({
      code: 0,
    });
    upstream.fallback = hang;
    const { key } = await victim.createKey('free', '--project', 'free');
    const [live, free] = await Promise.all([victim.stream(ask()), victim.stream(ask(), { 'x-api-key': key })]);
    await Promise.all([live.until('two'), free.until('two')]);
    const id = live.headers['request-id'];
    const heldBy = async () => Number((await holds())[0]?.['held'] ?? 0);
    const holds = () =>
      postgres.query(
        url,
        `SELECT sum(held_nano_usd) AS held FROM budget_holds WHERE exchange_id = '${id}' AND spent_nano_usd IS NULL`,
      );
    expect(await heldBy()).toBeGreaterThan(0);
    await victim.kill9();
    await waitFor('a settlement', async () => (await outcomeOf(free.headers['request-id'])) === 'crashed', 15_000);
    expect([await outcomeOf(id), await heldBy()]).toEqual([null, expect.any(Number)]);
    await victim.start();
    expect([await outcomeOf(id), await heldBy()]).toEqual(['crashed', 0]);
    await other.command('budgets', 'remove', 'all');
    await waitFor('the doctor', async () => (await other.command('doctor')).code === 0);
  });

  test('a limit holds for all nodes together', async () => {
    const send = (to: Gateway) => to.messages({ ...ask(), model: LIMITED_MODEL }, CLOSE);
    const answers = await Promise.all(cluster.nodes.flatMap((to) => Array.from({ length: 6 }, () => send(to))));
    expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(7);
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThan(0);
  });

  test.runIf(HAS_REDIS)('a session that moved at one node is where it moved to at all others', async () => {
    const turn = async (node: Gateway): Promise<string | undefined> => {
      const headers = { 'x-session-id': 'a session of all nodes', ...CLOSE };
      expect((await node.messages({ ...ask(), model: SESSION_MODEL }, headers)).status).toBe(200);
      return accounts.calls.findLast(({ status }) => status === 200)?.apiKey;
    };
    const first = await turn(cluster.node(0));
    accounts.exhausted.add(first ?? '');
    const second = await turn(cluster.node(0));
    expect(second).not.toBe(first);
    accounts.exhausted.clear();
    expect(await turn(cluster.node(1))).toBe(second);
    expect(await turn(cluster.node(2))).toBe(second);
  });
});
