import { describe, expect, test } from 'vitest';
import type { DialectId } from '../../src/core/dialect.ts';
import { chatStreamFixtures, streamFixtures } from '../support/fixtures.ts';
import { convertStream, PAIRS, pairTap } from '../support/pair-stream.ts';
import { readClientStream } from '../support/stream-grammar.ts';

// The readers of `pair-streams` must be able to fail: here are right streams, spoiled.

const upstreamFor = (client: DialectId): DialectId => (client === 'openai-chat' ? 'anthropic-messages' : 'openai-chat');

/** A right stream of a dialect, as frames of text: thinking, text and calls. */
function rightStream(client: DialectId): string[] {
  const pair = PAIRS.find((each) => each.client.id === client && each.upstream.id === upstreamFor(client));
  if (!pair) throw new Error('no such pair');
  const name = pair.upstream.id === 'openai-chat' ? 'deepseek-reasoning-then-tool' : 'thinking-interleaved';
  const recorded = pair.upstream.id === 'openai-chat' ? chatStreamFixtures() : streamFixtures();
  const bytes = recorded.find((fixture) => fixture.name === name)?.bytes ?? Buffer.alloc(0);
  return convertStream(pairTap(pair), [bytes])
    .toString()
    .split(/(?<=\n\n)/);
}

type Spoil = (frames: string[]) => string[];

function indexOf(frames: readonly string[], mark: string): number {
  const index = frames.findIndex((frame) => frame.includes(mark));
  if (index === -1) throw new Error(`nothing holds ${mark}`);
  return index;
}

/** Leaves out the first frame that holds the mark. */
const without =
  (mark: string): Spoil =>
  (frames) =>
    frames.toSpliced(indexOf(frames, mark), 1);

/** Repeats the first frame that holds the mark. */
const twice =
  (mark: string): Spoil =>
  (frames) =>
    frames.toSpliced(indexOf(frames, mark), 0, frames[indexOf(frames, mark)] ?? '');

/** Moves the first frame that holds the mark to the end. */
const last =
  (mark: string): Spoil =>
  (frames) => [...frames.toSpliced(indexOf(frames, mark), 1), frames[indexOf(frames, mark)] ?? ''];

/** Replaces text in the first frame that holds it, or the mark. */
const changed =
  (text: string, by: string, mark = text): Spoil =>
  (frames) =>
    frames.map((frame, at) => (at === indexOf(frames, mark) ? frame.replace(text, by) : frame));

type Row = { client: DialectId; title: string; spoil: Spoil; fault: RegExp };

const ROWS: Row[] = [
  ...(
    [
      ['P106 no message_start', without('message_start'), /in the wrong place/],
      ['P79 a block opened twice', twice('content_block_start'), /begins inside another/],
      ['P29 a block that never ends', without('content_block_stop'), /begins inside another/],
      ['P79 thinking without signature', without('signature_delta'), /the last delta of thinking/],
      ['P4 text in a block of thinking', changed('thinking_delta', 'text_delta'), /text_delta in a block of thinking/],
      ['P28 something behind message_stop', twice('message_stop'), /behind the end/],
      ['P107 no event line', changed('event: message_start\n', ''), /the name of an event/],
      ['P106 no usage at the end', changed('"output_tokens":22', '"output":22'), /usage.output_tokens/],
      ['P83 tool_use without a call', changed('"type":"tool_use"', '"type":"mcp_tool_use"'), /tool_use without a call/],
      ['P30 an index too far', changed('"index":0', '"index":1'), /the index of a block/],
      ['P20 broken arguments', changed('"partial_json":"', '"partial_json":"}'), /a broken call/],
    ] as const
  ).map(([title, spoil, fault]) => ({ client: 'anthropic-messages' as const, title, spoil, fault })),
  ...(
    [
      ['P78 no role', without('"role":"assistant"'), /the role/],
      ['P78 a second role', twice('"role":"assistant"'), /the role/],
      ['P75 no [DONE]', without('[DONE]'), /ends open/],
      ['P28 something behind [DONE]', twice('[DONE]'), /behind the end/],
      ['P43 two finish reasons', twice('"finish_reason":"'), /behind the finish reason/],
      [
        'P76 a call with the wrong index',
        changed('"tool_calls":[{"index":0', '"tool_calls":[{"index":1'),
        /index of a call/,
      ],
      ['P21 a call without an id', changed('"id":"toolu', '"no":"toolu'), /without an id/],
      ['P108 an event line', changed('data: {', 'event: x\ndata: {'), /the name of an event/],
      ['no usage though asked for', without('"choices":[]'), /the usage chunk/],
      ['P70 a total that is none', changed('"total_tokens":', '"total_tokens":1'), /P70 the total/],
      ['P83 an empty list of calls', changed('"content":""', '"tool_calls":[]'), /tool_calls is empty/],
      ['an id that changes', changed('"id":"chatcmpl', '"id":"chatcmpl-0'), /^id/],
    ] as const
  ).map(([title, spoil, fault]) => ({ client: 'openai-chat' as const, title, spoil, fault })),
  ...(
    [
      ['P111 no terminal event', without('response.completed'), /ends open/],
      ['P111 two terminal events', twice('response.completed'), /behind the end/],
      ['a gap in the sequence', without('response.output_text.delta'), /sequence number/],
      ['an item that is never done', without('response.output_item.done'), /item 0 of the output/],
      ['an item that was never added', without('response.output_item.added'), /never added/],
      ['deltas behind the end of their item', last('response.output_text.delta'), /is done/],
      ['P3 done text that was not streamed', changed('"delta":"', '"delta":"x', 'output_text.delta'), /the whole text/],
      ['an output that was not streamed', changed('"output":[{', '"output":[{"x":1,'), /of the output/],
      ['another id of an item', changed('"item_id":"', '"item_id":"x'), /the item of/],
    ] as const
  ).map(([title, spoil, fault]) => ({ client: 'openai-responses' as const, title, spoil, fault })),
];

function findings(client: DialectId, frames: readonly string[]): string[] {
  const { faults, ending } = readClientStream(client, Buffer.from(frames.join('')));
  return ending === 'open' ? [...faults, 'ends open'] : faults;
}

describe('a strict reader of streams', () => {
  test.each(['anthropic-messages', 'openai-chat', 'openai-responses'] as const)(
    'finds nothing in a right one of %s',
    (id) => {
      expect(findings(id, rightStream(id))).toEqual([]);
    },
  );

  test.each(ROWS)('$client: finds $title', ({ client, spoil, fault }) => {
    const right = rightStream(client);
    const spoiled = spoil(right);
    expect(spoiled).not.toEqual(right);
    expect(findings(client, spoiled)).toContainEqual(expect.stringMatching(fault));
  });
});
