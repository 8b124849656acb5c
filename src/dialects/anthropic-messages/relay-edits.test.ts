import { describe, expect, test } from 'vitest';
import { testTools } from '../../../test/support/codec-tools.ts';
import { readingOf } from '../../../test/support/messages-codec.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import { OPENAI_QUIRKS } from '../../core/quirks.ts';
import { spliceJson } from '../json-splice.ts';
import { relayEdits } from './relay-edits.ts';
import { sealRedacted, sealThinking } from './thinking-state.ts';

const OURS = 'first';
const OTHER = 'second';

/** The body as it reaches a provider. */
function relayed(body: JsonObject, mayHoldSealed = true, text = JSON.stringify(body)): JsonObject {
  const { envelope } = testTools();
  const edits = relayEdits(body, { provider: OURS, quirks: OPENAI_QUIRKS, envelope, mayHoldSealed });
  return JSON.parse(Buffer.from(spliceJson(Buffer.from(text), edits)).toString());
}

const sealed = (provider: string, signature = 'sig') => ({
  type: 'thinking',
  thinking: 'shown',
  signature: sealThinking('thought', signature, readingOf({ provider })),
});
const sealedRedacted = (provider: string) => ({
  type: 'redacted_thinking',
  data: sealRedacted('blob', readingOf({ provider })),
});

const user = (content: Json): JsonObject => ({ role: 'user', content });
const assistant = (...content: Json[]): JsonObject => ({ role: 'assistant', content });
const TEXT = { type: 'text', text: 'said' };
const CALL = { type: 'tool_use', id: 'toolu_1', name: 'run', input: {} };
const RESULT = { type: 'tool_result', tool_use_id: 'toolu_1', content: 'done' };

const messagesOf = (...messages: Json[]) => relayed({ model: 'm', messages })['messages'];

describe('relayEdits', () => {
  test("P7 another provider's thinking goes, and what stands beside it stays", () => {
    const messages = messagesOf(user('a'), assistant(sealed(OTHER), sealedRedacted(OTHER), TEXT), user('b'));
    expect(messages).toEqual([user('a'), assistant(TEXT), user('b')]);
  });

  test("P5 P95 the provider's own thinking is its own again", () => {
    const messages = messagesOf(user('a'), assistant(sealed(OURS), sealedRedacted(OURS), CALL), user([RESULT]));
    expect(messages).toEqual([
      user('a'),
      assistant(
        { type: 'thinking', thinking: 'thought', signature: 'sig' },
        { type: 'redacted_thinking', data: 'blob' },
        CALL,
      ),
      user([RESULT]),
    ]);
  });

  test('P86 thinking of this provider that came without a signature goes', () => {
    expect(messagesOf(user('a'), assistant(sealed(OURS, ''), TEXT), user('b'))).toEqual([
      user('a'),
      assistant(TEXT),
      user('b'),
    ]);
  });

  test('P7 a seal that was tampered with goes', () => {
    const forged = { type: 'thinking', thinking: 'x', signature: 'ezm1.%%%' };
    expect(messagesOf(user('a'), assistant(forged, TEXT), user('b'))).toEqual([user('a'), assistant(TEXT), user('b')]);
  });

  test('a turn that was nothing but thinking goes whole', () => {
    expect(messagesOf(user('a'), assistant(sealed(OTHER)), user('b'))).toEqual([user('a'), user('b')]);
  });

  test('a turn that a system message must be followed by keeps its place', () => {
    const system = { role: 'system', content: 'note' };
    expect(messagesOf(user('a'), system, assistant(sealed(OTHER)), user('b'))).toEqual([
      user('a'),
      system,
      assistant({ type: 'text', text: '(no text)' }),
      user('b'),
    ]);
  });

  test('P115 all other bytes of the body stay as they are', () => {
    const block = JSON.stringify(sealed(OTHER));
    const text = `{ "model":"m","n":1.0, "messages":[{"role":"user","content":"a"},{"role":"assistant","x":2.50,"content":[${block},{"type":"text","text":"said"}]},{"role":"user","content":[{"type":"x","n":1.0}]}] }`;
    const edits = relayEdits(JSON.parse(text), {
      provider: OURS,
      quirks: OPENAI_QUIRKS,
      envelope: testTools().envelope,
      mayHoldSealed: true,
    });
    const spliced = Buffer.from(spliceJson(Buffer.from(text), edits)).toString();
    expect(spliced).toBe(text.replace(`${block},`, ''));
  });

  test('P18 a tool loop that has lost its thinking goes on without, where a budget would demand it', () => {
    const body = {
      model: 'm',
      thinking: { type: 'enabled', budget_tokens: 2048 },
      context_management: {
        edits: [{ type: 'clear_thinking_20251015', keep: 'all' }, { type: 'clear_tool_uses_20250919' }],
      },
      messages: [user('a'), assistant(sealed(OTHER), CALL), user([RESULT])],
    };
    expect(relayed(body)).toMatchObject({
      thinking: { type: 'disabled' },
      context_management: { edits: [{ type: 'clear_tool_uses_20250919' }] },
    });
    expect(relayed({ ...body, thinking: { type: 'adaptive' } })['thinking']).toEqual({ type: 'adaptive' });
    const answered = [...body.messages, assistant(TEXT), user('b')];
    expect(relayed({ ...body, messages: answered })['thinking']).toEqual(body.thinking);
  });

  test('a body without sealed states is left alone', () => {
    const own = { type: 'thinking', thinking: 'x', signature: 'raw' };
    const body = { model: 'm', messages: [user('ezm1.x'), assistant(own, TEXT), user('b')] };
    expect(relayed(body)).toEqual(body);
    const foreign = { model: 'm', messages: [assistant(sealed(OTHER), TEXT)] };
    expect(relayed(foreign, false)).toEqual(foreign);
  });
});
