/**
 * What the fake upstream is asked for: a 1 KB answer, the same after a while, 200 events at once, an event a second, or as much as
 * the reader takes.
 */
export const ANSWER_KINDS = ['whole', 'late', 'events', 'slow', 'flood'] as const;

/** One kind of answer. */
export type AnswerKind = (typeof ANSWER_KINDS)[number];

/** How long a late answer takes, in ms. */
export const LATENESS = 100;

/** Events of one streamed answer. */
export const EVENTS = 200;

/** Writes that they come in. */
export const WRITES = 50;

const BODY_BYTES = 1024;
/** The model that is relayed: the upstream serves it in the client's own dialect. */
export const RELAYED_MODEL = 'claude-haiku-4-5';

/** The model that is converted: the upstream serves it in Chat Completions. */
export const CONVERTED_MODEL = 'chat-bench';

/** The bytes of a request for one kind of answer, ready for a socket. The kind stands in the prompt, which every upstream gets. */
export function requestBytes(
  kind: AnswerKind,
  { port, key, model }: { port: number; key: string; model: string },
): Buffer {
  const body = (content: string) =>
    JSON.stringify({
      model,
      max_tokens: 1024,
      stream: kind !== 'whole' && kind !== 'late',
      messages: [{ role: 'user', content: `kind:${kind} ${content}` }],
    });
  const text = body('x'.repeat(BODY_BYTES - body('').length));
  const head = [
    'POST /v1/messages HTTP/1.1',
    `host: 127.0.0.1:${port}`,
    `x-api-key: ${key}`,
    'anthropic-version: 2023-06-01',
    'content-type: application/json',
    'accept: application/json',
    'user-agent: bench',
    `content-length: ${Buffer.byteLength(text)}`,
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${text}`);
}

/** The kind of answer that a request body asks for. */
export function askedKind(body: string): AnswerKind {
  const kind = ANSWER_KINDS.find((candidate) => body.includes(`kind:${candidate}`));
  if (kind === undefined) throw new Error('the request says no kind of answer');
  return kind;
}

/** A whole answer of 1 KB. */
export function wholeAnswer(): Buffer {
  const answer = (text: string) => JSON.stringify({ ...message(), content: [{ type: 'text', text }] });
  return Buffer.from(answer('y'.repeat(BODY_BYTES - answer('').length)));
}

/** A streamed answer, as the writes that it is sent in; its first write holds the first text. */
export function eventWrites(): Buffer[] {
  const events = [
    event('message_start', { message: message() }),
    event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    ...Array.from({ length: EVENTS - 5 }, () => textEvent()),
    event('content_block_stop', { index: 0 }),
    event('message_delta', { delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 400 } }),
    event('message_stop', {}),
  ];
  return inWrites(events);
}

function inWrites(events: readonly string[]): Buffer[] {
  const size = EVENTS / WRITES;
  return Array.from({ length: WRITES }, (_, index) => {
    return Buffer.from(events.slice(index * size, (index + 1) * size).join(''));
  });
}

/** One event of text. */
export function textEvent(): string {
  return event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: ' some more words' } });
}

function message() {
  return {
    id: 'msg_01XFDUDYJgAACzvnptvVoYEL',
    type: 'message',
    role: 'assistant',
    model: RELAYED_MODEL,
    content: [],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 250, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 230 },
  };
}

function event(type: string, data: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;
}

/** A whole answer of 1 KB in Chat Completions. */
export function wholeChatAnswer(): Buffer {
  const answer = (content: string) => {
    const choice = { index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' };
    return JSON.stringify({ ...chatHead('chat.completion'), choices: [choice], usage: CHAT_USAGE });
  };
  return Buffer.from(answer('y'.repeat(BODY_BYTES - answer('').length)));
}

/** A streamed answer in Chat Completions, of as many events and writes as `eventWrites`. */
export function chatEventWrites(): Buffer[] {
  const chunk = (fields: object) => `data: ${JSON.stringify({ ...chatHead('chat.completion.chunk'), ...fields })}\n\n`;
  const delta = (content: object, finish_reason: string | null = null) =>
    chunk({ choices: [{ index: 0, delta: content, finish_reason }] });
  const events = [
    delta({ role: 'assistant', content: '' }),
    ...Array.from({ length: EVENTS - 4 }, () => delta({ content: ' some more words' })),
    delta({}, 'stop'),
    chunk({ choices: [], usage: CHAT_USAGE }),
    'data: [DONE]\n\n',
  ];
  return inWrites(events);
}

const CHAT_USAGE = { prompt_tokens: 250, completion_tokens: 230, total_tokens: 480 };

function chatHead(object: string) {
  return { id: 'chatcmpl-BqXG1m2T9', object, created: 1_790_000_000, model: CONVERTED_MODEL };
}
