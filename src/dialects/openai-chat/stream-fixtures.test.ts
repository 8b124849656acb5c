import { describe, expect, test } from 'vitest';
import { decodeChunks, gistOf, orderFaults, testReading } from '../../../test/support/answer-reading.ts';
import { damageStream } from '../../../test/support/damage-stream.ts';
import { chatStreamFixtures } from '../../../test/support/fixtures.ts';
import { byteByByte, randomCuts, seededRandom } from '../../../test/support/rechunk.ts';
import type { Reading } from '../../core/dialect.ts';
import type { Loss } from '../../core/loss.ts';
import { OPENAI_QUIRKS } from '../../core/quirks.ts';
import { SseFrameSplitter } from '../../framing/sse-frames.ts';
import { createStreamDecoder } from './stream-decoder.ts';

const FIXTURES = chatStreamFixtures();

/** From here on a stream may end as it likes (P117). */
const ENDS_ANSWER = /"finish_reason":"|\[DONE\]/;

/** A stream, what of it the title claims, and the answer that it spells. */
type Row = { name: string; title: string; blocks: string[]; stop: string; usage: string; losses?: string[] };

const ROWS: Row[] = [
  {
    name: 'openai-text',
    title: 'P11 P54 text comes through, usage behind the finish',
    blocks: ['text: Hello wörld 👋🏽!'],
    stop: 'end_turn',
    usage: '19/0/5',
  },
  {
    name: 'openai-tool-call',
    title: 'P29 P30 a call alone is block 0',
    blocks: ['tool call_Zk1 get_weather {"city":"Paris"}'],
    stop: 'tool_use',
    usage: '16/64/17',
  },
  {
    name: 'openai-parallel-tool-calls',
    title: 'P29 parallel calls become blocks one after the other',
    blocks: ['tool call_A get_weather {"city":"Paris"}', 'tool call_B get_time {"zone":"CET"}'],
    stop: 'tool_use',
    usage: '90/0/40',
  },
  {
    name: 'openai-text-then-tool',
    title: 'P80 text ends where a call begins',
    blocks: ['text: Let me look.', 'tool call_C list_files {}'],
    stop: 'tool_use',
    usage: '50/0/12',
  },
  {
    name: 'openai-refusal',
    title: 'a refusal is text, and the reason',
    blocks: ['text: I cannot help with that.'],
    stop: 'refusal',
    usage: '30/0/8',
  },
  {
    name: 'openai-length',
    title: 'P26 length is max_tokens',
    blocks: ['text: Once upon a'],
    stop: 'max_tokens',
    usage: '10/0/3',
  },
  {
    name: 'openai-length-in-tool-call',
    title: 'P20 a call cut by length stays as it is',
    blocks: ['tool call_L write_file {"cut":"{\\"path\\":\\"a.txt\\",\\"text\\":\\"Once"}'],
    stop: 'max_tokens',
    usage: '10/0/16',
  },
  {
    name: 'openai-content-filter',
    title: 'content_filter is refusal',
    blocks: ['text: The recipe'],
    stop: 'refusal',
    usage: '11/0/2',
  },
  {
    name: 'openai-custom-tool',
    title: 'a free-form call has one string as its input',
    blocks: ['tool call_X run_script {"input":"print(\\"hé\\nx\\")"} (custom)'],
    stop: 'tool_use',
    usage: '60/0/9',
  },
  {
    name: 'openai-logprobs',
    title: 'token probabilities are reported as lost',
    blocks: ['text: Hi'],
    stop: 'end_turn',
    usage: '5/0/1',
    losses: ['logprobs_dropped'],
  },
  {
    name: 'openai-web-citations',
    title: 'a cited page is a citation',
    blocks: ['text: It rained.[https://example.com/a]'],
    stop: 'end_turn',
    usage: '25/0/6',
  },
  {
    name: 'openai-several-choices',
    title: 'only the first choice counts',
    blocks: ['text: One'],
    stop: 'end_turn',
    usage: '4/0/2',
    losses: ['choices_dropped'],
  },
  {
    name: 'azure-filter-results-first',
    title: 'P94 a first chunk without choices says nothing',
    blocks: ['text: Good day.'],
    stop: 'end_turn',
    usage: '12/0/4',
  },
  {
    name: 'deepseek-reasoning',
    title: 'P9 P24 reasoning_content is thinking, usage comes with the finish',
    blocks: ['thinking: The user greets me.', 'text: Hi there.'],
    stop: 'end_turn',
    usage: '36/64/30',
  },
  {
    name: 'deepseek-reasoning-only-key',
    title: 'P23 a delta without content opens thinking, cache hits at the top level count',
    blocks: ['thinking: No content key.', 'text: Done.'],
    stop: 'end_turn',
    usage: '6/4/5',
  },
  {
    name: 'deepseek-reasoning-then-tool',
    title: 'P79 thinking, text and call are three blocks',
    blocks: ['thinking: I need the weather.', 'text: \n\n', 'tool call_00_d1 get_weather {"city":"Oslo"}'],
    stop: 'tool_use',
    usage: '70/0/22',
  },
  {
    name: 'kimi-usage-in-choice',
    title: 'P91 P98 usage on the choice counts, an odd id is replaced',
    blocks: ['thinking: Look it up.', 'tool toolu_85c5207c101d90a54df3f06a search {"q":"tide tables"}'],
    stop: 'tool_use',
    usage: '8/32/12',
  },
  { name: 'glm-sensitive', title: 'P92 sensitive is refusal', blocks: ['text: Well'], stop: 'refusal', usage: '9/0/1' },
  {
    name: 'glm-whole-tool-call',
    title: 'a call that comes whole',
    blocks: ['thinking: \nUse the tool.', 'tool call_-8231 get_weather {"city":"Rome"}'],
    stop: 'tool_use',
    usage: '24/20/13',
  },
  {
    name: 'qwen-usage-in-every-chunk',
    title: 'P56 cumulative usage is not summed',
    blocks: ['thinking: Short.', 'text: Yes.'],
    stop: 'end_turn',
    usage: '21/0/3',
  },
  {
    name: 'openrouter-reasoning-details',
    title: 'P66 P84 details go into the seal, their text is said once',
    blocks: [
      'thinking{"reasoning_details":[{"type":"reasoning.text","text":"Let me think.","format":"anthropic-claude-v1","index":0,"signature":"EqQBCkYIBxgC"}]}: Let me think.',
      'text: 42',
    ],
    stop: 'end_turn',
    usage: '33/0/14',
  },
  {
    name: 'openrouter-encrypted-details',
    title: 'P5 encrypted details go into the seal',
    blocks: [
      'thinking{"reasoning_details":[{"type":"reasoning.summary","summary":"**Plan**","format":"openai-responses-v1","index":0},{"type":"reasoning.encrypted","data":"gAAAAABo","id":"rs_0a","format":"openai-responses-v1","index":0}]}: **Plan**',
      'tool call_E list_files {"dir":"."}',
    ],
    stop: 'tool_use',
    usage: '55/0/31',
  },
  {
    name: 'openrouter-late-encrypted-details',
    title: 'P5 details that come behind the text get a block of their own',
    blocks: [
      'text: Checking.',
      'thinking{"reasoning_details":[{"type":"reasoning.encrypted","data":"CiQB","id":"tool_list_1","format":"google-gemini-v1","index":0}]}: ',
      'tool tool_list_1 list_files {}',
    ],
    stop: 'tool_use',
    usage: '15/0/7',
  },
  {
    name: 'groq-vendor-usage',
    title: "P84 P91 reasoning is thinking, usage under the vendor's name counts",
    blocks: ['thinking: Quick.', 'text: Ok.'],
    stop: 'end_turn',
    usage: '72/0/8',
  },
  {
    name: 'mistral-thinking-parts',
    title: 'thinking parts are thinking',
    blocks: ['thinking: Consider both.', 'text: Both fit.'],
    stop: 'end_turn',
    usage: '14/0/9',
  },
  {
    name: 'mistral-tool-call-with-finish',
    title: 'P47 calls that come with the finish count',
    blocks: ['tool D681PevKs get_weather {"city":"Lyon"}', 'tool r7TtPevKs get_time {}'],
    stop: 'tool_use',
    usage: '94/0/23',
  },
  {
    name: 'local-think-tags',
    title: 'tags split over chunks are found, later ones are text',
    blocks: ['thinking: Add them: 2 < 3.\n', 'text: Five, not <think>.'],
    stop: 'end_turn',
    usage: '17/0/21',
  },
  {
    name: 'vllm-reasoning-and-continuous-usage',
    title: 'P84 reasoning under two names is said once',
    blocks: ['thinking: Be brief.', 'text: Fine.'],
    stop: 'end_turn',
    usage: '31/0/5',
  },
  {
    name: 'vllm-stop-after-tool-call',
    title: 'P82 a call outweighs stop',
    blocks: ['tool chatcmpl-tool-9f get_weather {"city":"Bonn"}'],
    stop: 'tool_use',
    usage: '66/0/20',
  },
  {
    name: 'llama-cpp-timings',
    title: 'unknown fields say nothing',
    blocks: ['text: Sure.'],
    stop: 'end_turn',
    usage: '8/0/3',
  },
  {
    name: 'names-repeated-on-every-delta',
    title: 'P120 a repeated name is not doubled',
    blocks: ['tool call_R get_weather {"city":"Graz"}'],
    stop: 'tool_use',
    usage: '20/0/8',
  },
  {
    name: 'name-in-pieces',
    title: 'a name in pieces is put together',
    blocks: ['tool call_P get_weather {"city":"Genf"}'],
    stop: 'tool_use',
    usage: '20/0/8',
  },
  {
    name: 'parallel-without-index',
    title: 'P21 P118 calls without index are told apart',
    blocks: [
      'tool function-call-1 get_weather {"city":"Kiel"}',
      'tool toolu_2 get_time {}',
      'tool toolu_3 get_date {}',
    ],
    stop: 'tool_use',
    usage: '35/0/16',
  },
  {
    name: 'parallel-all-index-zero',
    title: 'P118 calls that all have index 0 are told apart',
    blocks: ['tool call_1 get_weather {"city":"Ulm"}', 'tool call_2 get_weather {"city":"Jena"}'],
    stop: 'tool_use',
    usage: '35/0/16',
  },
  {
    name: 'parallel-interleaved',
    title: 'P29 interleaved calls never overlap',
    blocks: ['tool call_1 get_weather {"city":"Ulm"}', 'tool call_2 get_time {"zone":"CET"}'],
    stop: 'tool_use',
    usage: '35/0/16',
  },
  {
    name: 'arguments-as-object',
    title: 'P119 arguments that are an object',
    blocks: ['tool call_O get_weather {"city":"Linz","days":2}'],
    stop: 'tool_use',
    usage: '12/0/6',
  },
  {
    name: 'arguments-empty',
    title: 'P19 no arguments are an empty input',
    blocks: ['tool call_N list_files {}', 'tool call_M get_time {}'],
    stop: 'tool_use',
    usage: '12/0/6',
  },
  {
    name: 'tool-call-without-id',
    title: 'P21 a call without id gets one',
    blocks: ['tool toolu_2 list_files {}'],
    stop: 'tool_use',
    usage: '12/0/6',
  },
  {
    name: 'text-after-tool-call',
    title: 'P29 text inside a call waits for its end',
    blocks: ['tool call_1 list_files {"dir":"."}', 'text: Listing now.'],
    stop: 'tool_use',
    usage: '12/0/6',
  },
  {
    name: 'missing-done',
    title: 'P117 no [DONE] behind a finish is a right end',
    blocks: ['text: Bye.'],
    stop: 'end_turn',
    usage: '7/0/2',
  },
  {
    name: 'done-without-finish',
    title: '[DONE] without a finish is a right end',
    blocks: ['text: Bye.'],
    stop: 'end_turn',
    usage: '7/0/2',
  },
  {
    name: 'usage-before-finish',
    title: 'P116 usage may come before the finish',
    blocks: ['text: Bye.'],
    stop: 'end_turn',
    usage: '7/0/2',
  },
  {
    name: 'finish-with-last-delta',
    title: 'P47 the delta in the finish chunk counts',
    blocks: ['tool call_F get_weather {"city":"Wien"}'],
    stop: 'tool_use',
    usage: '9/0/4',
  },
  {
    name: 'stop-after-tool-calls-finish',
    title: 'P43 a later stop does not outweigh calls',
    blocks: ['tool call_S list_files {}'],
    stop: 'tool_use',
    usage: '9/0/4',
  },
  {
    name: 'tool-calls-finish-without-calls',
    title: 'P83 no call is no tool_use',
    blocks: ['text: Nothing to call.'],
    stop: 'end_turn',
    usage: '9/0/4',
  },
  {
    name: 'legacy-function-call',
    title: 'P21 the old form of a call',
    blocks: ['tool toolu_2 get_weather {"city":"Brno"}'],
    stop: 'tool_use',
    usage: '9/0/4',
  },
  {
    name: 'whole-message-in-last-chunk',
    title: 'a message that repeats its deltas says nothing new',
    blocks: ['text: Hello you.'],
    stop: 'end_turn',
    usage: '6/0/3',
  },
  {
    name: 'whole-completion-as-one-event',
    title: 'U17 a whole completion as the only event',
    blocks: ['text: Looking.', 'tool call_W list_files {}'],
    stop: 'tool_use',
    usage: '6/0/3',
  },
  {
    name: 'unknown-finish-reason',
    title: 'P92 an unknown finish is end_turn, and reported',
    blocks: ['text: Bye.'],
    stop: 'end_turn',
    usage: '7/0/2',
    losses: ['stop_reason_changed'],
  },
  {
    name: 'finish-eos',
    title: 'P92 eos is end_turn; input that nobody told is estimated',
    blocks: ['text: Bye.'],
    stop: 'end_turn',
    usage: '7/0/0',
  },
  {
    name: 'odd-chunks',
    title: 'P94 U7 null deltas, missing choices and broken JSON are skipped',
    blocks: ['text: Still here.'],
    stop: 'end_turn',
    usage: '7/0/2',
  },
  {
    name: 'crlf-without-space',
    title: 'P60 U17 any legal line ends',
    blocks: ['text: Line\nends.'],
    stop: 'end_turn',
    usage: '7/0/2',
  },
];

const FAILURES = [
  {
    name: 'openrouter-error-in-stream',
    title: 'P15 P75 an error chunk ends the answer, whatever finish it claims',
    type: 'rate_limit_error',
    message: /Provider returned error/,
  },
];

function fixture(name: string): Buffer {
  return FIXTURES.find((each) => each.name === name)?.bytes ?? Buffer.alloc(0);
}

function readingFor(name: string, losses: Loss[] = []): Reading {
  return testReading({ quirks: { ...OPENAI_QUIRKS, thinkTags: name.includes('think-tags') } }, losses);
}

describe('the stream fixtures', () => {
  test.each(ROWS)('$name: $title', ({ name, blocks, stop, usage, losses = [] }) => {
    const reported: Loss[] = [];
    const events = decodeChunks([fixture(name)], createStreamDecoder(readingFor(name, reported)));
    expect(gistOf(events)).toEqual({ blocks, stop, usage });
    expect(reported.map(({ code }) => code)).toEqual(losses);
  });

  test.each(FAILURES)('$name: $title', ({ name, type, message }) => {
    const events = decodeChunks([fixture(name)], createStreamDecoder(readingFor(name)));
    expect(events.at(-1)).toMatchObject({ type: 'error', error: { type, message: expect.stringMatching(message) } });
    expect(events.filter((event) => event.type === 'message_stop')).toEqual([]);
  });

  test('all of them are told of here', () => {
    const told = [...ROWS, ...FAILURES].map(({ name }) => name);
    expect(FIXTURES.map(({ name }) => name).sort()).toEqual(told.sort());
  });
});

describe.each(FIXTURES)('stream $name', ({ name, bytes }) => {
  const decode = (chunks: Iterable<Uint8Array>) => decodeChunks(chunks, createStreamDecoder(readingFor(name)));

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
