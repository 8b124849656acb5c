import { expect, test } from 'vitest';
import { manualClock } from '../../test/support/routing.ts';
import { type CarriedState, statesOfRequest } from '../core/opaque-states.ts';
import { createStateHolders } from './state-holders.ts';

const reasoning = (text: string): CarriedState => ({
  kind: 'reasoning',
  text,
  field: 'messages.1.content.0.signature',
});
const thread: CarriedState = { kind: 'thread', text: 'msg_1', field: 'thread' };

test('the holder of what lies with one account alone counts before that of reasoning, and the latest reasoning before older', () => {
  const holders = createStateHolders(manualClock().now);
  holders.remember('p', 'old', 'a/one');
  holders.remember('p', 'new', 'a/two');
  expect(holders.holderOf('p', [reasoning('old'), reasoning('new')])?.credential).toBe('a/two');
  expect(holders.holderOf('p', [reasoning('old'), reasoning('unknown')])?.credential).toBe('a/one');
  holders.remember('p', 'msg_1', 'b/one');
  expect(holders.holderOf('p', [thread, reasoning('new')])).toEqual({
    credential: 'b/one',
    kind: 'thread',
    field: 'thread',
  });
  expect(holders.holderOf('p', [])).toBeUndefined();
});

test('nobody is led by the state of another project, nor by state of the day before', () => {
  const clock = manualClock();
  clock.pass(1);
  const holders = createStateHolders(clock.now);
  expect(holders.isEmpty()).toBe(true);
  holders.remember('p', 'sig', 'a/one');
  expect(holders.holderOf('q', [reasoning('sig')])).toBeUndefined();
  clock.pass(24 * 3_600_000 - 1);
  expect(holders.holderOf('p', [reasoning('sig')])).toBeDefined();
  clock.pass(2);
  expect(holders.holderOf('p', [reasoning('sig')])).toBeUndefined();
});

test('only so many states are remembered, the longest unused go first', () => {
  const holders = createStateHolders(manualClock().now, 2);
  const texts = ['1', '2', '3', '4'];
  for (const text of texts) holders.remember('p', text, `a/${text}`);
  expect(texts.map((text) => holders.holderOf('p', [reasoning(text)])?.credential)).toEqual([
    ...[undefined, undefined],
    ...['a/3', 'a/4'],
  ]);
});

test('long states differ by their ends', () => {
  const holders = createStateHolders(manualClock().now);
  const long = 'x'.repeat(10_000);
  holders.remember('p', `${long}1`, 'a/one');
  holders.remember('p', `${long}2`, 'a/two');
  expect(holders.holderOf('p', [reasoning(`${long}1`)])?.credential).toBe('a/one');
});

test('the state of a request, in whatever dialect', () => {
  const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'no state' } };
  const file = { type: 'document', source: { type: 'file', file_id: 'file_1' } };
  const messages = [
    { role: 'user', content: [image, { type: 'tool_result', tool_use_id: 't', content: [file] }] },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'a', signature: 'sig' },
        { type: 'redacted_thinking', data: 'sealed' },
        { type: 'tool_use', id: 't', name: 'n', input: { signature: 'a client writes this', file_id: 'and this' } },
      ],
      reasoning_details: [{ type: 'reasoning.encrypted', data: 'details' }],
    },
  ];
  const input = [{ type: 'reasoning', encrypted_content: 'enc' }];
  const body = { messages, input, container: { id: 'cont' }, thread: { type: 'continue', previous_message_id: 'msg' } };
  expect(statesOfRequest(body).map(({ kind, text }) => [kind, text])).toEqual([
    ['file', 'file_1'],
    ['reasoning', 'sig'],
    ['reasoning', 'sealed'],
    ['reasoning', 'details'],
    ['reasoning', 'enc'],
    ['thread', 'msg'],
    ['container', 'cont'],
  ]);
  expect(statesOfRequest({ messages: 'odd', input: [1, null, ['x']] })).toEqual([]);
});
