import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isJsonObject, type JsonObject, objectAt, stringAt } from '../../src/core/json.ts';
import type { Answer } from '../support/call.ts';
import { CALLERS, type Caller, send, stream } from '../support/callers.ts';
import { type Gateway, SIMULATOR_CONFIG, startGateway } from '../support/gateway.ts';
import { objectsIn } from '../support/scripted-model/messages.ts';

const SCHEMA = {
  type: 'object',
  properties: { city: { type: 'string' }, degrees: { type: 'integer' } },
  required: ['city', 'degrees'],
  additionalProperties: false,
};

let gateway: Gateway;

beforeAll(async () => {
  gateway = await startGateway({ config: SIMULATOR_CONFIG });
});

afterAll(() => gateway?.dispose());

/** How each API asks for a thing, and where it finds the answer. */
type Wording = {
  tool: JsonObject;
  structured: JsonObject;
  thinking: JsonObject;
  calls(answer: JsonObject): { name: string; input: unknown }[];
  thoughts(answer: JsonObject): string;
};

const contentOf = (answer: JsonObject, type: string) =>
  objectsIn(answer['content']).filter((block) => block['type'] === type);
const itemsOf = (answer: JsonObject, type: string) =>
  objectsIn(answer['output']).filter((item) => item['type'] === type);
const messageOf = (answer: JsonObject) => objectAt(objectsIn(answer['choices'])[0] ?? {}, 'message') ?? {};
const called = ({ name, arguments: text }: JsonObject) => ({
  name: `${name}`,
  input: JSON.parse(`${text}`) as unknown,
});

const WORDINGS: Record<Caller['name'], Wording> = {
  Messages: {
    tool: { tools: [{ name: 'report', input_schema: SCHEMA }], tool_choice: { type: 'tool', name: 'report' } },
    structured: { output_config: { format: { type: 'json_schema', schema: SCHEMA } } },
    thinking: { max_tokens: 4_000, thinking: { type: 'adaptive', display: 'summarized' } },
    calls: (answer) => contentOf(answer, 'tool_use').map(({ name, input }) => ({ name: `${name}`, input })),
    thoughts: (answer) =>
      contentOf(answer, 'thinking')
        .map((block) => stringAt(block, 'thinking'))
        .join(''),
  },
  Chat: {
    tool: {
      tools: [{ type: 'function', function: { name: 'report', parameters: SCHEMA } }],
      tool_choice: { type: 'function', function: { name: 'report' } },
    },
    structured: {
      response_format: { type: 'json_schema', json_schema: { name: 'report', schema: SCHEMA, strict: true } },
    },
    thinking: { reasoning_effort: 'high' },
    calls: (answer) =>
      objectsIn(messageOf(answer)['tool_calls']).map((call) => called(objectAt(call, 'function') ?? {})),
    thoughts: (answer) => stringAt(messageOf(answer), 'reasoning_content') ?? '',
  },
  Responses: {
    tool: {
      tools: [{ type: 'function', name: 'report', parameters: SCHEMA }],
      tool_choice: { type: 'function', name: 'report' },
    },
    structured: { text: { format: { type: 'json_schema', name: 'report', schema: SCHEMA, strict: true } } },
    thinking: { reasoning: { effort: 'high', summary: 'auto' }, include: ['reasoning.encrypted_content'] },
    calls: (answer) => itemsOf(answer, 'function_call').map(called),
    thoughts: (answer) =>
      itemsOf(answer, 'reasoning')
        .flatMap(({ summary }) => objectsIn(summary))
        .map((part) => stringAt(part, 'text'))
        .join(''),
  },
};

function expectReport(value: unknown): void {
  if (!isJsonObject(value)) throw new Error(`no object: ${JSON.stringify(value)}`);
  expect(Object.keys(value).sort()).toEqual(['city', 'degrees']);
  expect([typeof value['city'], Number.isInteger(value['degrees'])]).toEqual(['string', true]);
}

describe.each(CALLERS)('the simulator answers $name', (caller) => {
  const wording = WORDINGS[caller.name];
  const ask = (model: string, fields: JsonObject = {}) => ({ ...caller.ask(model, 'Weather in Oslo?'), ...fields });
  const whole = async (fields: JsonObject, model = 'simulator'): Promise<JsonObject> => {
    const answer = await send(caller, gateway, ask(model, fields));
    expect(answer.status, answer.text).toBe(200);
    return answer.json();
  };

  test('with text, whole and as a stream that says the same', async () => {
    const text = caller.textOf(await whole({}));
    expect(text).toContain('Oslo');
    const live = await (await stream(caller, gateway, ask('simulator'))).whole();
    expect(caller.readStream(live.text)).toEqual({ text, errors: [], ends: 1, faults: [] });
  });

  test('with a call of the tool that it must use', async () => {
    const [call, ...others] = wording.calls(await whole(wording.tool));
    expect([call?.name, others]).toEqual(['report', []]);
    expectReport(call?.input);
  });

  test('with an object of the schema that was asked for', async () => {
    expectReport(JSON.parse(caller.textOf(await whole(wording.structured, 'claude-sonnet-5-5'))));
  });

  test('with its thoughts', async () => {
    expect(wording.thoughts(await whole(wording.thinking, 'claude-sonnet-5-5'))).not.toBe('');
  });

  test('with usage that is billed', async () => {
    const answer = await send(caller, gateway, ask('simulator'));
    const row = await gateway.settledRow(answer.headers['request-id'] ?? '');
    expect(row).toMatchObject({ status: 'ok', estimated: false, partial: false });
    const usage = objectAt(answer.json(), 'usage') ?? {};
    expect([row['input_tokens'], row['output_tokens']]).toEqual([
      usage['input_tokens'] ?? usage['prompt_tokens'],
      usage['output_tokens'] ?? usage['completion_tokens'],
    ]);
  });

  const refusals: [number, Record<'messages' | 'openAi', [number, string, string | null]>][] = [
    [400, { messages: [400, 'invalid_request_error', null], openAi: [400, 'invalid_request_error', null] }],
    [401, { messages: [502, 'api_error', null], openAi: [502, 'server_error', null] }],
    [403, { messages: [502, 'api_error', null], openAi: [502, 'server_error', null] }],
    [413, { messages: [413, 'request_too_large', null], openAi: [413, 'invalid_request_error', null] }],
    [429, { messages: [429, 'rate_limit_error', null], openAi: [429, 'rate_limit_error', 'rate_limit_exceeded'] }],
    [529, { messages: [529, 'overloaded_error', null], openAi: [503, 'server_error', 'overloaded'] }],
  ];

  test.each(refusals)("P67 with its error %i in the client's own shape", async (status, told) => {
    for (const isStream of [false, true]) {
      const answer = await send(caller, gateway, { ...ask(`simulator-error-${status}`), stream: isStream });
      expect(said(caller, answer), answer.text).toEqual(caller.name === 'Messages' ? told.messages : told.openAi);
    }
  });

  test.each(['cut', 'stream-error'])('P15 with simulator-%s as an error in the stream', async (fault) => {
    const live = await (await stream(caller, gateway, ask(`simulator-${fault}`))).whole();
    const { text, errors, ends } = caller.readStream(live.text);
    expect([live.status, text !== '', errors.length, ends]).toEqual([200, true, 1, 0]);
    if (fault === 'stream-error') expect(JSON.stringify(errors)).toContain('overloaded');
  });

  test('with a 400 for what the real API would refuse', async () => {
    const answer = await send(caller, gateway, ask('simulator', { no_such_field: 1 }));
    expect(answer.status).toBe(400);
    expect(caller.errorOf(answer).message).toContain('no_such_field');
  });
});

function said(caller: Caller, answer: Answer): [number, string, string | null] {
  const { type, code } = caller.errorOf(answer);
  return [answer.status, type, code];
}
