import { describe, expect, test } from 'vitest';
import { decodeChunks, gistOf, orderFaults, testReading } from '../../../test/support/answer-reading.ts';
import { damageStream } from '../../../test/support/damage-stream.ts';
import { responsesStreamFixtures } from '../../../test/support/fixtures.ts';
import { byteByByte, randomCuts, seededRandom } from '../../../test/support/rechunk.ts';
import type { Loss } from '../../core/loss.ts';
import { SseFrameSplitter } from '../../framing/sse-frames.ts';
import { createStreamDecoder } from './stream-decoder.ts';

const FIXTURES = responsesStreamFixtures();

/** The events that end a response; without one it is cut (P111). */
const ENDS_ANSWER = /"type":"(?:response\.(?:completed|incomplete|failed|cancelled)|error)"/;

/** A stream, what of it the title claims, and the answer that it spells. */
type Row = { name: string; title: string; blocks: string[]; stop: string; usage: string; losses?: string[] };

const ROWS: Row[] = [
  { name: 'text', title: 'P11 P54 text', blocks: ['text: Hello wörld 👋🏽!'], stop: 'end_turn', usage: '19/0/6' },
  {
    name: 'reasoning-summary-and-text',
    title: 'P5 P9 summaries are thinking, joined by a blank line, id and encrypted content sealed',
    blocks: ['thinking{"id":"rs_00","encrypted_content":"gAAAAABoISQ24Onz"}: **Greeting**\n\nSay hi.', 'text: Hi.'],
    stop: 'end_turn',
    usage: '24/16/30',
  },
  {
    name: 'reasoning-encrypted-only',
    title: 'P5 P6 encrypted reasoning without text is thinking without text',
    blocks: ['thinking{"id":"rs_00","encrypted_content":"gAAAAABoISQ24Onz"}: ', 'text: Hi.'],
    stop: 'end_turn',
    usage: '40/0/30',
  },
  {
    name: 'reasoning-without-state',
    title: 'a summary without state is sealed with its text alone',
    blocks: ['thinking: Only a summary.', 'text: Hi.'],
    stop: 'end_turn',
    usage: '40/0/9',
  },
  {
    name: 'reasoning-empty',
    title: 'P79 reasoning that says and holds nothing is no block',
    blocks: ['text: Hi.'],
    stop: 'end_turn',
    usage: '40/0/9',
  },
  {
    name: 'reasoning-text-of-open-model',
    title: 'reasoning that is shown itself is thinking',
    blocks: ['thinking: First this.\n\nThen that.', 'text: Ok.'],
    stop: 'end_turn',
    usage: '22/0/11',
  },
  {
    name: 'reasoning-summary-and-content',
    title: 'P84 of summary and content only the first is read',
    blocks: ['thinking: The summary.', 'text: Ok.'],
    stop: 'end_turn',
    usage: '22/0/11',
  },
  {
    name: 'reasoning-then-tool-call',
    title: "P5 P99 a call is known by its call id, not by the item's",
    blocks: [
      'thinking{"id":"rs_00","encrypted_content":"gAAAAABoTool"}: Look.',
      'tool call_A get_weather {"city":"Paris"}',
    ],
    stop: 'tool_use',
    usage: '60/0/33',
  },
  {
    name: 'reasoning-summary-without-deltas',
    title: 'P3 the text of done counts where no delta came',
    blocks: ['thinking{"id":"rs_00","encrypted_content":"gAAAAABoDone"}: Part one.\n\nPart two.', 'text: Ok.'],
    stop: 'end_turn',
    usage: '22/0/11',
  },
  {
    name: 'tool-call',
    title: 'P30 a call alone is block 0',
    blocks: ['tool call_A get_weather {"city":"Paris","days":1}'],
    stop: 'tool_use',
    usage: '60/0/13',
  },
  {
    name: 'tool-call-without-deltas',
    title: 'P3 arguments of done count where no delta came',
    blocks: ['tool call_A get_weather {"city":"Paris"}'],
    stop: 'tool_use',
    usage: '60/0/13',
  },
  {
    name: 'tool-call-only-in-item-done',
    title: 'P3 a call that only its finished item tells of',
    blocks: ['tool call_A get_weather {"city":"Paris"}'],
    stop: 'tool_use',
    usage: '60/0/13',
  },
  {
    name: 'tool-call-without-arguments',
    title: 'P19 no arguments are an empty input',
    blocks: ['tool call_A list_files {}'],
    stop: 'tool_use',
    usage: '60/0/13',
  },
  {
    name: 'parallel-tool-calls',
    title: 'P29 parallel calls become blocks one after the other',
    blocks: ['tool call_A get_weather {"city":"Paris"}', 'tool call_B get_time {"zone":"CET"}'],
    stop: 'tool_use',
    usage: '60/0/23',
  },
  {
    name: 'parallel-interleaved',
    title: 'P29 interleaved calls never overlap',
    blocks: ['tool call_A get_weather {"city":"Paris"}', 'tool call_B get_time {"zone":"CET"}'],
    stop: 'tool_use',
    usage: '60/0/23',
  },
  {
    name: 'custom-tool-call',
    title: 'a free-form call has one string as its input',
    blocks: ['tool call_X run_script {"input":"print(\\"hé\\n\\")"} (custom)'],
    stop: 'tool_use',
    usage: '50/0/9',
  },
  {
    name: 'custom-tool-call-without-deltas',
    title: 'P3 a free-form call without deltas',
    blocks: ['tool call_X run_script {"input":"ls"} (custom)'],
    stop: 'tool_use',
    usage: '50/0/9',
  },
  {
    name: 'text-then-tool-call',
    title: 'P100 a phase that no other format has is reported',
    blocks: ['text: Let me look.', 'tool call_L list_files {}'],
    stop: 'tool_use',
    usage: '30/0/12',
    losses: ['phase_dropped'],
  },
  {
    name: 'refusal',
    title: 'a refusal is text, and the reason',
    blocks: ['text: I cannot help with that.'],
    stop: 'refusal',
    usage: '30/0/8',
  },
  {
    name: 'two-text-parts',
    title: 'each part is a block',
    blocks: ['text: One.', 'text: Two.'],
    stop: 'end_turn',
    usage: '30/0/8',
  },
  {
    name: 'web-search-and-citations',
    title: 'a cited page is a citation, the search itself is reported',
    blocks: ['text: It rained.[https://example.com/a]'],
    stop: 'end_turn',
    usage: '300/0/18',
    losses: ['server_tool_dropped'],
  },
  {
    name: 'citations-without-events',
    title: 'P3 citations that only the finished part tells of',
    blocks: ['text: It rained.[https://example.com/a]'],
    stop: 'end_turn',
    usage: '300/0/18',
  },
  {
    name: 'incomplete-max-output-tokens',
    title: 'P26 P33 P59 max_output_tokens is max_tokens, with usage',
    blocks: ['text: Once upon'],
    stop: 'max_tokens',
    usage: '10/0/3',
  },
  {
    name: 'incomplete-in-tool-call',
    title: 'P20 a call cut by the limit stays as it is',
    blocks: ['tool call_W write_file {"cut":"{\\"path\\":\\"a.txt\\",\\"text\\":\\"Once"}'],
    stop: 'max_tokens',
    usage: '10/0/16',
  },
  {
    name: 'incomplete-content-filter',
    title: 'P33 P59 content_filter is refusal',
    blocks: ['text: The recipe'],
    stop: 'refusal',
    usage: '10/0/3',
  },
  {
    name: 'incomplete-of-unknown-reason',
    title: 'P92 an unknown reason is end_turn, and reported',
    blocks: ['text: So far.'],
    stop: 'end_turn',
    usage: '10/0/3',
    losses: ['stop_reason_changed'],
  },
  {
    name: 'only-completed',
    title: 'P3 a response that only its last event tells of',
    blocks: ['thinking{"id":"rs_1","encrypted_content":"gAAA"}: Think.', 'text: Whole.', 'tool call_Z list_files {}'],
    stop: 'tool_use',
    usage: '5/0/4',
  },
  {
    name: 'no-item-announced',
    title: 'text of an item that was never announced',
    blocks: ['text: Bare text.'],
    stop: 'end_turn',
    usage: '5/0/4',
  },
  {
    name: 'without-event-names',
    title: 'events are known by their type',
    blocks: ['text: Hi.'],
    stop: 'end_turn',
    usage: '5/0/2',
  },
  { name: 'crlf', title: 'P60 U17 any legal line ends', blocks: ['text: Hi.'], stop: 'end_turn', usage: '5/0/2' },
  {
    name: 'unknown-events-and-items',
    title: 'U22 unknown events say nothing, unknown items are reported',
    blocks: ['text: Hi.'],
    stop: 'end_turn',
    usage: '5/0/2',
    losses: ['block_dropped'],
  },
];

const FAILURES = [
  { name: 'failed-after-text', title: 'P15 P59 a failed response', type: 'api_error', message: /failed to answer/ },
  {
    name: 'failed-rate-limit',
    title: 'P15 a failed response by its code',
    type: 'rate_limit_error',
    message: /Rate limit/,
  },
  { name: 'error-event', title: 'P15 an error event', type: 'api_error', message: /An error occurred/ },
  { name: 'cancelled', title: 'P15 a cancelled response', type: 'api_error', message: /cancelled/ },
];

function fixture(name: string): Buffer {
  return FIXTURES.find((each) => each.name === name)?.bytes ?? Buffer.alloc(0);
}

describe('the stream fixtures', () => {
  test.each(ROWS)('$name: $title', ({ name, blocks, stop, usage, losses = [] }) => {
    const reported: Loss[] = [];
    const events = decodeChunks([fixture(name)], createStreamDecoder(testReading({}, reported)));
    expect(gistOf(events)).toEqual({ blocks, stop, usage });
    expect(reported.map(({ code }) => code)).toEqual(losses);
  });

  test.each(FAILURES)('$name: $title', ({ name, type, message }) => {
    const events = decodeChunks([fixture(name)], createStreamDecoder(testReading()));
    expect(events.at(-1)).toMatchObject({ type: 'error', error: { type, message: expect.stringMatching(message) } });
    expect(events.filter((event) => event.type === 'message_stop')).toEqual([]);
  });

  test('all of them are told of here', () => {
    const told = [...ROWS, ...FAILURES].map(({ name }) => name);
    expect(FIXTURES.map(({ name }) => name).sort()).toEqual(told.sort());
  });
});

describe.each(FIXTURES)('stream $name', ({ bytes }) => {
  const decode = (chunks: Iterable<Uint8Array>) => decodeChunks(chunks, createStreamDecoder(testReading()));

  test('P60 gives the same events however its bytes are cut', () => {
    const whole = decode([bytes]);
    expect(decode(byteByByte(bytes))).toEqual(whole);
    for (let seed = 0; seed < 200; seed++) expect(decode(randomCuts(bytes, seed))).toEqual(whole);
  });

  test('P4 P15 P28 P29 keeps the order of events and, cut anywhere, ends in an error', () => {
    const splitter = new SseFrameSplitter();
    const frames = [...splitter.push(bytes), splitter.end()];
    for (let count = 0; count <= frames.length; count++) {
      const events = decode(frames.slice(0, count));
      expect(orderFaults(events)).toEqual([]);
      const isOver = ENDS_ANSWER.test(Buffer.concat(frames.slice(0, count)).toString());
      if (!isOver) expect(events.at(-1)?.type).toBe('error');
    }
  });

  test('U7 U22 damaged in any way, still gives events in order, and counts that are whole numbers', () => {
    const random = seededRandom(bytes.length);
    for (let round = 0; round < 50; round++) {
      const events = decode([damageStream(bytes, random)]);
      expect(orderFaults(events)).toEqual([]);
      const ending = events.find((event) => event.type === 'message_delta');
      for (const count of ['input_tokens', 'output_tokens']) {
        expect(Number.isSafeInteger(ending?.usage[count] ?? 0)).toBe(true);
      }
    }
  });
});
