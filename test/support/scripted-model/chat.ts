import { type JsonObject, objectAt, stringAt } from '../../../src/core/json.ts';
import type { Asked, ModelAnswer } from './answer.ts';
import { halves, objectsIn, textOf } from './messages.ts';

/** Reads a Chat Completions request. */
export function understandChat(body: JsonObject): Asked {
  const messages = objectsIn(body['messages']);
  const called = messages.filter((message) => objectsIn(message['tool_calls']).length > 0);
  return {
    model: stringAt(body, 'model') ?? '',
    stream: body['stream'] === true,
    userTexts: messages.filter(({ role }) => role === 'user').flatMap(({ content }) => textOf(content) || []),
    toolNames: objectsIn(body['tools']).map((tool) => stringAt(objectAt(tool, 'function') ?? {}, 'name') ?? ''),
    toolResults: messages.filter(({ role }) => role === 'tool').map(({ content }) => textOf(content)),
    toolRounds: called.length,
    images: messages.flatMap(({ content }) => objectsIn(content)).filter(({ type }) => type === 'image_url').length,
    wantsSchema: stringAt(objectAt(body, 'response_format') ?? {}, 'type') === 'json_schema',
    returnedStates: called.flatMap(reasoningIn),
  };
}

/** The reasoning that came back with a message, in whichever field the vendor takes it (`translation.md` §6). */
function reasoningIn(message: JsonObject): string[] {
  const thoughts = objectsIn(message['content']).filter(({ type }) => type === 'thinking');
  const inParts = [
    ...objectsIn(message['reasoning_details']),
    ...thoughts.flatMap(({ thinking }) => objectsIn(thinking)),
  ];
  const text = stringAt(message, 'reasoning_content') ?? stringAt(message, 'reasoning') ?? textOf(inParts);
  return text === '' ? [] : [text];
}

/** In Chat the reasoning itself is the state that comes back, so it is sent where the state belongs. */
function reasoningOf({ thinking }: ModelAnswer): string | undefined {
  return thinking?.state;
}

function usageOf({ usage }: ModelAnswer): JsonObject {
  return {
    prompt_tokens: usage.input,
    completion_tokens: usage.output,
    total_tokens: usage.input + usage.output,
    prompt_tokens_details: { cached_tokens: usage.cached },
    completion_tokens_details: { reasoning_tokens: usage.reasoning },
  };
}

const finishOf = ({ calls }: ModelAnswer) => (calls.length > 0 ? 'tool_calls' : 'stop');

/** A whole answer of Chat Completions. */
export function wholeChat(model: string, answer: ModelAnswer): JsonObject {
  const reasoning = reasoningOf(answer);
  const tool_calls = answer.calls.map(({ id, name, args }) => ({
    id,
    type: 'function',
    function: { name, arguments: args },
  }));
  return {
    id: 'chatcmpl-fake',
    object: 'chat.completion',
    created: 1_790_000_000,
    model,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: answer.text ?? null,
          ...(reasoning !== undefined && { reasoning_content: reasoning }),
          ...(tool_calls.length > 0 && { tool_calls }),
        },
        finish_reason: finishOf(answer),
        logprobs: null,
      },
    ],
    usage: usageOf(answer),
  };
}

/** The same answer as a stream: parallel calls interleaved, usage in a chunk of its own, then `[DONE]`. */
export function streamChat(model: string, answer: ModelAnswer): Buffer[] {
  const chunk = (fields: JsonObject) =>
    Buffer.from(
      `data: ${JSON.stringify({ id: 'chatcmpl-fake', object: 'chat.completion.chunk', created: 1_790_000_000, model, ...fields })}\n\n`,
    );
  const choice = (delta: JsonObject, finish_reason: string | null = null) =>
    chunk({ choices: [{ index: 0, delta, finish_reason }], usage: null });
  const reasoning = reasoningOf(answer);
  const calls = answer.calls.map(({ id, name }, index) =>
    choice({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] }),
  );
  const pieces = [0, 1].flatMap((half) =>
    answer.calls.map(({ args }, index) =>
      choice({ tool_calls: [{ index, function: { arguments: halves(args)[half] ?? '' } }] }),
    ),
  );
  return [
    choice({ role: 'assistant', content: '' }),
    ...(reasoning === undefined ? [] : halves(reasoning).map((piece) => choice({ reasoning_content: piece }))),
    ...(answer.text === undefined ? [] : halves(answer.text).map((content) => choice({ content }))),
    ...calls,
    ...pieces,
    choice({}, finishOf(answer)),
    chunk({ choices: [], usage: usageOf(answer) }),
    Buffer.from('data: [DONE]\n\n'),
  ];
}
