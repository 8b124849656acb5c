import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { isJsonObject, type Json, numberAt, objectAt } from '../../src/core/json.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { SimulatedAccounts } from '../support/simulated-accounts.ts';

const MODEL = 'claude-sonnet-5-5';
const KEYS = ['key-one', 'key-two'];

let accounts: SimulatedAccounts;
let gateway: Gateway;

beforeAll(async () => {
  accounts = await SimulatedAccounts.start();
  const channel = { name: 'main', provider: 'anthropic', base_url: accounts.url, api_keys: KEYS };
  gateway = await startGateway({ config: JSON.stringify({ channels: [channel] }) });
});

beforeEach(() => {
  accounts.calls.length = 0;
  accounts.exhausted.clear();
});

afterAll(async () => {
  await gateway?.dispose();
  await accounts?.stop();
});

type Turn = { requestId: string; apiKey: string | undefined; read: number; written: number };

/** A session of an agent that marks its prompt: each turn adds to the conversation. */
class Session {
  private readonly messages: Json[] = [];
  private readonly headers: Record<string, string>;
  private readonly system: Json;

  constructor(name: string) {
    this.headers = { 'x-claude-code-session-id': name };
    this.system = [{ type: 'text', text: `${name} knows. `.repeat(4_000), cache_control: { type: 'ephemeral' } }];
  }

  async turn(text: string): Promise<Turn> {
    this.messages.push({ role: 'user', content: text });
    const body = { model: MODEL, max_tokens: 64, system: this.system, messages: this.messages };
    const answer = await gateway.messages(body, this.headers);
    expect(answer.status).toBe(200);
    const message: unknown = JSON.parse(answer.text);
    if (!isJsonObject(message)) throw new Error('no message');
    this.messages.push({ role: 'assistant', content: message['content'] ?? [] });
    const apiKey = accounts.calls.findLast(({ status }) => status === 200)?.apiKey;
    const usage = objectAt(message, 'usage') ?? {};
    const read = numberAt(usage, 'cache_read_input_tokens') ?? 0;
    const requestId = answer.headers['request-id'] ?? '';
    return { requestId, apiKey, read, written: numberAt(usage, 'cache_creation_input_tokens') ?? 0 };
  }
}

/** How a session's prompt was paid for, turn by turn: `w` written, `r` read, by the number of the account. */
const wayOf = (turns: readonly Turn[]) =>
  turns.map(
    ({ apiKey, read, written }) => `${KEYS.indexOf(apiKey ?? '') + 1}${written > 0 ? 'w' : ''}${read > 0 ? 'r' : ''}`,
  );

test('many sessions over two credentials: each pays for its prompt once', async () => {
  const sessions = Array.from({ length: 16 }, (_, index) => new Session(`s${index}`));
  const turns = new Map<Session, Turn[]>(sessions.map((session) => [session, []]));
  for (const text of ['a', 'b', 'c']) {
    for (const session of sessions) turns.get(session)?.push(await session.turn(text));
  }
  for (const way of [...turns.values()].map(wayOf)) {
    const [account] = way[0] ?? '';
    expect(way).toEqual([`${account}w`, `${account}r`, `${account}r`]);
  }
  expect(new Set(accounts.calls.map(({ apiKey }) => apiKey)).size).toBe(2);
});

test('one session, two credentials: it stays, and moves once, as the prompt caches of the accounts show', async () => {
  const begunAt = Date.now();
  const session = new Session('steady');
  const turns: Turn[] = [];
  for (const text of ['a', 'b', 'c', 'd']) turns.push(await session.turn(text));
  const [home = ''] = accounts.calls.map(({ apiKey }) => apiKey);
  accounts.exhausted.add(home);
  turns.push(await session.turn('e'), await session.turn('f'));
  accounts.exhausted.clear();
  turns.push(await session.turn('g'));
  const [one, two] = home === KEYS[0] ? [1, 2] : [2, 1];
  expect(wayOf(turns)).toEqual([`${one}w`, `${one}r`, `${one}r`, `${one}r`, `${two}w`, `${two}r`, `${two}r`]);
  expect(accounts.calls.filter(({ status }) => status === 429)).toHaveLength(1);
  // The books have what the accounts say.
  await gateway.settledRow(turns.at(-1)?.requestId ?? '');
  const { rows } = await gateway.usage();
  const reads = rows
    .filter(({ started_at }) => Number(started_at) >= begunAt)
    .map((row) => row['cache_read_tokens'] ?? 0);
  expect(reads.toSorted()).toEqual(turns.map(({ read }) => read).toSorted());
});
