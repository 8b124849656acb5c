import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../core/json.ts';
import { type SessionRequest, sessionOf } from './session-key.ts';

const session = (more: Partial<SessionRequest>) =>
  sessionOf({ owner: 'k1', model: 'm', headers: {}, body: {}, ...more });

/** Long enough to be cached upstream. */
const LONG = 'You are a careful assistant. '.repeat(200);

describe('the session of a request', () => {
  test.each([
    { name: 'Claude Code', headers: { 'x-claude-code-session-id': 's1' }, source: 'x-claude-code-session-id' },
    { name: 'opencode', headers: { 'x-session-affinity': 's1', 'x-session-id': 's2' }, source: 'x-session-affinity' },
    { name: 'Codex', headers: { 'session-id': 's1' }, source: 'session-id' },
    { name: 'pi', headers: { session_id: 's1' }, source: 'session_id' },
    { name: 'OpenAI', body: { prompt_cache_key: 's1' }, source: 'prompt_cache_key' },
    { name: 'a router', body: { session_id: 's1' }, source: 'session_id' },
    {
      name: 'Claude Code by its metadata',
      body: { metadata: { user_id: '{"device_id":"d","account_uuid":"","session_id":"s1"}' } },
      source: 'metadata.user_id',
    },
    {
      name: 'Claude Code of before',
      body: { metadata: { user_id: 'user_d_account__session_s1' } },
      source: 'metadata.user_id',
    },
  ])('is told by what $name sends', ({ headers = {}, body = {}, source }) => {
    const found = session({ headers, body });
    expect(found?.source).toBe(source);
    expect(found?.key).not.toContain('s1');
    expect(session({ headers, body })?.key).toBe(found?.key);
    expect(session({ headers, body, owner: 'k2' })?.key).not.toBe(found?.key);
    expect(session({ headers, body, model: 'n' })?.key).not.toBe(found?.key);
  });

  test.each<[string, Partial<SessionRequest>]>([
    ['an empty header', { headers: { 'session-id': '' } }],
    ['a header sent twice', { headers: { 'session-id': ['a', 'b'] } }],
    ['a header beyond all measure', { headers: { 'session-id': 'x'.repeat(513) } }],
    ['a user who is no session', { body: { metadata: { user_id: 'user-7' } } }],
    ['JSON that is none', { body: { metadata: { user_id: '{"session_id":' } } }],
    ['fields of other types', { body: { prompt_cache_key: 7, metadata: 'x', session_id: null } }],
  ])('is not told by %s', (_, request) => {
    expect(session(request)).toBeUndefined();
  });

  const user = (content: string) => ({ role: 'user', content });
  const assistant = { role: 'assistant', content: 'yes' };

  test.each<[string, JsonObject, JsonObject]>([
    [
      'Messages',
      { system: LONG, messages: [user('first')] },
      { system: LONG, messages: [user('first'), assistant, user('second')] },
    ],
    [
      'Chat',
      { messages: [{ role: 'system', content: LONG }, user('first')] },
      { messages: [{ role: 'system', content: LONG }, user('first'), assistant, user('second')] },
    ],
    [
      'Responses',
      { instructions: LONG, input: [user('first')] },
      { instructions: LONG, input: [user('first'), assistant, user('second')] },
    ],
  ])('is told by the prefix that %s turns share', (_, first, second) => {
    const found = session({ body: first });
    expect(found?.source).toBe('prefix');
    expect(session({ body: second })?.key).toBe(found?.key);
  });

  test.each<[string, JsonObject]>([
    ['first turn', { system: LONG, messages: [user('other')] }],
    ['system', { system: `${LONG}!`, messages: [user('first')] }],
    ['tools', { system: LONG, tools: [{ name: 't' }], messages: [user('first')] }],
  ])('is another one with another %s', (_, body) => {
    const found = session({ body: { system: LONG, messages: [user('first')] } });
    expect(session({ body })?.key).not.toBe(found?.key);
  });

  test('a very long prefix is told apart by its ends and its length', () => {
    const body = (first: string, turn: string) => ({ system: first + LONG.repeat(10), messages: [user(turn)] });
    const keys = [body('a', 'x'), body('b', 'x'), body('a', 'y'), body('aa', 'x'), body('a', 'x')].map(
      (each) => session({ body: each })?.key,
    );
    expect(new Set(keys).size).toBe(4);
  });

  test('is not told by a prefix that no upstream would cache', () => {
    expect(session({ body: { system: 'Be brief.', messages: [user('hello')] } })).toBeUndefined();
  });

  test.each([
    (line: string) => `${line}\n${LONG}`,
    (line: string) => [
      { type: 'text', text: line },
      { type: 'text', text: LONG },
    ],
  ])('P128 is the same whatever the attribution line says (form %#)', (systemWith) => {
    const keys = ['1', '2'].map((version) => {
      const system = systemWith(`x-anthropic-billing-header: cc_version=${version};`);
      return session({ body: { system, messages: [user('first')] } })?.key;
    });
    expect(keys[0]).toBeDefined();
    expect(keys[1]).toBe(keys[0]);
  });

  const hour = { type: 'ephemeral', ttl: '1h' };

  test.each<[string, JsonObject, number | undefined]>([
    ['says nothing', {}, undefined],
    ['of five minutes', { cache_control: { type: 'ephemeral' } }, undefined],
    ['of an hour', { cache_control: hour }, 3_600_000],
    ['of an hour in its system', { system: [{ type: 'text', text: 'x', cache_control: hour }] }, 3_600_000],
    ['of an hour in its tools', { tools: [{ name: 't', cache_control: hour }] }, 3_600_000],
    [
      'of an hour in a turn',
      { messages: [{ role: 'user', content: [{ type: 'text', text: 'x', cache_control: hour }] }] },
      3_600_000,
    ],
  ])('lasts as long as the cache of a request that %s', (_, body, ttl) => {
    expect(session({ headers: { 'session-id': 's1' }, body })?.ttl).toBe(ttl);
  });
});
