import type { Reading } from '../../src/core/dialect.ts';
import { GatewayError } from '../../src/core/error.ts';
import { isJsonObject, type JsonObject, objectAt, stringAt } from '../../src/core/json.ts';
import { LOSSES, type Loss } from '../../src/core/loss.ts';
import type { ContentBlock, Message } from '../../src/core/message.ts';
import { OPENAI_QUIRKS } from '../../src/core/quirks.ts';
import { FINISHES } from '../../src/dialects/openai-chat/finish-reasons.ts';
import { OPENAI_CHAT } from '../../src/dialects/openai-chat/index.ts';
import { STOPS } from '../../src/dialects/shared/write-answer/answer-ending.ts';
import { answerTo, differences, probeTools } from './conversion-probe.ts';
import { LEAST as CHAT_REQUEST } from './conversion-samples-chat.ts';
import { LEAST as RESPONSES_REQUEST } from './conversion-samples-responses.ts';
import { table } from './markdown.ts';

/** What becomes of answers. */
export function answerSections(): string[] {
  return [
    '## Answers',
    '',
    'Why an answer ended, told to clients of the OpenAI formats. A tool call in the answer outweighs a plain end.',
    '',
    ...table(['`stop_reason`', 'Chat: `finish_reason`', 'Responses: `status`'], REASONS.map(reasonRow)),
    '',
    'And the other way round, from the words of Chat upstreams; any other word ends the answer and is reported.',
    '',
    ...table(['`finish_reason`', '`stop_reason`'], finishRows()),
    '',
    'What stands in an answer, beside text, told to clients of the OpenAI formats:',
    '',
    ...table(['block', 'Chat', 'Responses'], BLOCKS.map(blockRow)),
    '',
  ];
}

const CLIENTS = ['openai-chat', 'openai-responses'] as const;
const REQUESTS: Record<(typeof CLIENTS)[number], JsonObject> = {
  'openai-chat': CHAT_REQUEST,
  'openai-responses': { ...RESPONSES_REQUEST, include: ['reasoning.encrypted_content'] },
};

const REASONS = [...STOPS.keys(), 'pause_turn', 'compaction'];

function messageOf(stopReason: string, ...content: ContentBlock[]): Message {
  return {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'm',
    content: [{ type: 'text', text: 'Well.' }, ...content],
    stop_reason: stopReason,
    stop_sequence: null,
    usage: { input_tokens: 1, output_tokens: 1 },
  };
}

const CALL: ContentBlock = { type: 'tool_use', id: 'toolu_1', name: 'get_weather', input: { city: 'Paris' } };

function reasonRow(reason: string): string[] {
  const answer = messageOf(reason, ...(reason === 'tool_use' ? [CALL] : []));
  const chat = answerTo('openai-chat', CHAT_REQUEST, answer);
  const responses = answerTo('openai-responses', RESPONSES_REQUEST, answer);
  const details = objectAt(responses.body, 'incomplete_details');
  const status = [stringAt(responses.body, 'status'), details && stringAt(details, 'reason')];
  return [
    `\`${reason}\``,
    withLosses(`\`${finishOf(chat.body)}\``, chat.losses),
    withLosses(status.flatMap((word) => (word === undefined ? [] : `\`${word}\``)).join(' '), responses.losses),
  ];
}

function finishOf({ choices }: JsonObject): string {
  const [choice] = Array.isArray(choices) ? choices : [];
  return isJsonObject(choice) ? (stringAt(choice, 'finish_reason') ?? '') : '';
}

function withLosses(text: string, losses: readonly Loss[]): string {
  const codes = [...new Set(losses.map(({ code }) => code))].map((code) => `${LOSSES[code].class}: \`${code}\``);
  return [...(text === '' ? [] : [text]), ...codes].join(', ') || '–';
}

/** Words with the same meaning share a row. */
function finishRows(): string[][] {
  const byReason = new Map<string, string[]>();
  for (const word of FINISHES.keys()) {
    const reason = stopReasonFor(word);
    byReason.set(reason, [...(byReason.get(reason) ?? []), `\`${word}\``]);
  }
  return [...byReason].map(([reason, words]) => [words.join(', '), reason]);
}

const CALLED: JsonObject = { id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '{}' } };
const CALL_WORDS = new Set(['calls']);

function stopReasonFor(word: string): string {
  const isCall = CALL_WORDS.has(FINISHES.get(word)?.kind ?? '');
  const message: JsonObject = { role: 'assistant', content: 'Well.', ...(isCall && { tool_calls: [CALLED] }) };
  const body = { choices: [{ index: 0, message, finish_reason: word }], usage: {} };
  const reading: Reading = {
    model: 'm',
    provider: 'p',
    quirks: OPENAI_QUIRKS,
    tools: probeTools(),
    toolNames: new Map(),
    emulatedStops: [],
    estimatedInput: 0,
    report: () => {},
  };
  try {
    const { message } = OPENAI_CHAT.client.parseResponse(Buffer.from(JSON.stringify(body)), reading);
    return `\`${message.stop_reason}\``;
  } catch (thrown) {
    if (thrown instanceof GatewayError) return `an error, ${thrown.status}`;
    throw thrown;
  }
}

const BLOCKS: readonly { shown: string; blocks: ContentBlock[] }[] = [
  { shown: '`thinking`', blocks: [{ type: 'thinking', thinking: 'Hm.', signature: 'ezm1.a.b' }] },
  { shown: '`redacted_thinking`', blocks: [{ type: 'redacted_thinking', data: 'ezm1.a.b' }] },
  { shown: '`tool_use`', blocks: [CALL] },
  {
    shown: 'web search and its result',
    blocks: [
      { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'q' } },
      { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [] },
    ],
  },
  {
    shown: 'code execution and its result',
    blocks: [
      { type: 'server_tool_use', id: 'srvtoolu_1', name: 'code_execution', input: { code: '1' } },
      { type: 'code_execution_tool_result', tool_use_id: 'srvtoolu_1', content: {} },
    ],
  },
  {
    shown: 'a citation of a web page',
    blocks: [
      {
        type: 'text',
        text: 'So.',
        citations: [{ type: 'web_search_result_location', url: 'https://example.com', title: 'A', cited_text: 'a' }],
      },
    ],
  },
  {
    shown: 'a citation of a document',
    blocks: [{ type: 'text', text: 'So.', citations: [{ type: 'char_location', document_index: 0, cited_text: 'a' }] }],
  },
  { shown: 'a block nobody knows', blocks: [{ type: 'some_new_block' }] },
];

function blockRow({ shown, blocks }: (typeof BLOCKS)[number]): string[] {
  return [shown, ...CLIENTS.map((client) => blockText(client, blocks))];
}

/** Where an answer with the blocks differs from one without; what every answer says anew is left out. */
function blockText(client: (typeof CLIENTS)[number], blocks: ContentBlock[]): string {
  const plain = blocks.flatMap(({ type, text }): ContentBlock[] =>
    type === 'text' ? [{ type, text: text ?? '' }] : [],
  );
  const without = answerTo(client, REQUESTS[client], messageOf('end_turn', ...plain));
  const { body, losses } = answerTo(client, REQUESTS[client], messageOf('end_turn', ...blocks));
  const places = differences(without.body, body).filter((place) => !/(?:^|\.)(?:id|finish_reason)$/.test(place));
  return withLosses(places.map((place) => `\`${place}\``).join(', '), losses);
}
