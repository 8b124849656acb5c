import { type JsonObject, objectAt, stringAt } from '../../../src/core/json.ts';
import type { Asked, ModelAnswer } from './answer.ts';
import { halves, objectsIn, textOf } from './messages.ts';

/** Reads a Responses request. */
export function understandResponses(body: JsonObject): Asked {
  const input = body['input'];
  const items = typeof input === 'string' ? [{ role: 'user', content: input }] : objectsIn(input);
  const outputs = items.filter((item) => stringAt(item, 'type') === 'function_call_output');
  return {
    model: stringAt(body, 'model') ?? '',
    stream: body['stream'] === true,
    userTexts: items.filter(({ role }) => role === 'user').flatMap(({ content }) => textOf(content) || []),
    toolNames: objectsIn(body['tools']).map(({ name }) => `${name}`),
    toolResults: outputs.map((item) => textOf(item['output'])),
    toolRounds: countRounds(items),
    images: items
      .flatMap((item) => [...objectsIn(item['content']), ...objectsIn(item['output'])])
      .filter(({ type }) => type === 'input_image').length,
    wantsSchema: stringAt(objectAt(objectAt(body, 'text') ?? {}, 'format') ?? {}, 'type') === 'json_schema',
    returnedStates: items.flatMap((item) => stringAt(item, 'encrypted_content') ?? []),
  };
}

/** Calls that stand together are one round. */
function countRounds(items: readonly JsonObject[]): number {
  return items.filter(
    (item, index) => item['type'] === 'function_call' && items[index - 1]?.['type'] !== 'function_call',
  ).length;
}

function itemsOf(answer: ModelAnswer): JsonObject[] {
  const { thinking, text, calls } = answer;
  return [
    ...(thinking
      ? [
          {
            // Clients tell items apart by their ids.
            id: `rs_${thinking.state.replaceAll('=', '')}`,
            type: 'reasoning',
            summary: [{ type: 'summary_text', text: thinking.text }],
            encrypted_content: thinking.state,
          },
        ]
      : []),
    ...(text === undefined
      ? []
      : [
          {
            id: 'msg_fake0001',
            type: 'message',
            role: 'assistant',
            status: 'completed',
            content: [{ type: 'output_text', text, annotations: [], logprobs: [] }],
          },
        ]),
    ...calls.map(({ id, name, args }, index) => ({
      id: `fc_fake000${index}`,
      type: 'function_call',
      status: 'completed',
      call_id: id,
      name,
      arguments: args,
    })),
  ];
}

/** A whole answer of the Responses API. */
export function wholeResponses(model: string, answer: ModelAnswer): JsonObject {
  const { usage } = answer;
  return {
    id: 'resp_fake',
    object: 'response',
    created_at: 1_790_000_000,
    status: 'completed',
    error: null,
    incomplete_details: null,
    instructions: null,
    model,
    output: itemsOf(answer),
    parallel_tool_calls: true,
    store: false,
    tool_choice: 'auto',
    tools: [],
    usage: {
      input_tokens: usage.input,
      input_tokens_details: { cached_tokens: usage.cached },
      output_tokens: usage.output,
      output_tokens_details: { reasoning_tokens: usage.reasoning },
      total_tokens: usage.input + usage.output,
    },
  };
}

/** The same answer as a stream, event by event. */
export function streamResponses(model: string, answer: ModelAnswer): Buffer[] {
  const whole = wholeResponses(model, answer);
  const events: [string, JsonObject][] = [
    ['response.created', { response: { ...whole, status: 'in_progress', output: [], usage: null } }],
    ['response.in_progress', { response: { ...whole, status: 'in_progress', output: [], usage: null } }],
    ...itemsOf(answer).flatMap(streamItem),
    ['response.completed', { response: whole }],
  ];
  return events.map(([type, fields], sequence_number) =>
    Buffer.from(`event: ${type}\ndata: ${JSON.stringify({ type, sequence_number, ...fields })}\n\n`),
  );
}

function streamItem(item: JsonObject, output_index: number): [string, JsonObject][] {
  const item_id = stringAt(item, 'id') ?? '';
  const at = { output_index, item_id };
  const added = (opening: JsonObject): [string, JsonObject] => [
    'response.output_item.added',
    { output_index, item: opening },
  ];
  const done: [string, JsonObject] = ['response.output_item.done', { output_index, item }];
  switch (item['type']) {
    case 'reasoning': {
      const text = textOf(item['summary']);
      const part = { ...at, summary_index: 0 };
      return [
        added({ ...item, summary: [] }),
        ['response.reasoning_summary_part.added', { ...part, part: { type: 'summary_text', text: '' } }],
        ...halves(text).map((delta): [string, JsonObject] => [
          'response.reasoning_summary_text.delta',
          { ...part, delta },
        ]),
        ['response.reasoning_summary_text.done', { ...part, text }],
        ['response.reasoning_summary_part.done', { ...part, part: { type: 'summary_text', text } }],
        done,
      ];
    }
    case 'message': {
      const text = textOf(item['content']);
      const part = { ...at, content_index: 0 };
      const whole = { type: 'output_text', text, annotations: [], logprobs: [] };
      return [
        added({ ...item, status: 'in_progress', content: [] }),
        ['response.content_part.added', { ...part, part: { ...whole, text: '' } }],
        ...halves(text).map((delta): [string, JsonObject] => [
          'response.output_text.delta',
          { ...part, delta, logprobs: [] },
        ]),
        ['response.output_text.done', { ...part, text, logprobs: [] }],
        ['response.content_part.done', { ...part, part: whole }],
        done,
      ];
    }
    default: {
      const args = stringAt(item, 'arguments') ?? '';
      return [
        added({ ...item, status: 'in_progress', arguments: '' }),
        ...halves(args).map((delta): [string, JsonObject] => [
          'response.function_call_arguments.delta',
          { ...at, delta },
        ]),
        ['response.function_call_arguments.done', { ...at, name: item['name'] ?? '', arguments: args }],
        done,
      ];
    }
  }
}
