import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { DialectId } from '../../src/core/dialect.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { type Answer, call } from '../support/call.ts';
import { type ClientRequest, clientRequests } from '../support/client-requests.ts';
import { modelFor, UPSTREAM_DIALECTS, type UpstreamName, Upstreams } from '../support/clients/upstreams.ts';
import type { Script, UpstreamCall } from '../support/fake-upstream.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type Asked, BILLED, type ModelAnswer, stateOf, thoughtOf } from '../support/scripted-model/answer.ts';
import { modelThat, scriptedEvents } from '../support/scripted-model/index.ts';
import { readStreamed } from '../support/streamed-answer.ts';

let upstreams: Upstreams;
let gateway: Gateway;

beforeAll(async () => {
  upstreams = await Upstreams.start();
  gateway = await startGateway({ config: upstreams.config });
});

afterAll(async () => {
  await gateway?.dispose();
  await upstreams?.stop();
});

const REQUESTS = clientRequests();
const COUNTED = 4_711;

type Shape = { request: ClientRequest; name: string; upstream: UpstreamName; dialect: DialectId };

const SHAPES: Shape[] = REQUESTS.flatMap((request) =>
  UPSTREAM_DIALECTS.map(([upstream, dialect]) => ({ request, name: request.name, upstream, dialect })),
);
const SERVED = SHAPES.filter(({ request, upstream }) => request.refusedBy?.[upstream] === undefined);
const GENERATED = SERVED.filter(({ request }) => request.body['stream'] === true);
const CONVERTED = GENERATED.filter(({ request, dialect }) => request.dialect !== dialect);
const RELAYED = GENERATED.filter(({ request, dialect }) => request.dialect === dialect);
const REFUSED = SHAPES.filter(({ request, upstream }) => request.refusedBy?.[upstream] !== undefined);
const COUNTING = SHAPES.filter(({ request }) => request.path.includes('count_tokens'));

/** Sends a shape as its client does. */
async function send(
  shape: Shape,
  script = scriptFor(shape),
): Promise<{ answer: Answer; sent: UpstreamCall | undefined }> {
  const { request, upstream } = shape;
  const fake = upstreams.upstream(upstream);
  fake.reset();
  fake.next(script);
  const answer = await call(`${gateway.url}${request.path}`, {
    method: 'POST',
    headers: { ...request.headers, authorization: `Bearer ${gateway.key}` },
    body: { ...request.body, model: modelFor(request.dialect, upstream) },
  });
  return { answer, sent: fake.calls[0] };
}

function scriptFor(shape: Shape): Script {
  if (shape.request.path.includes('count_tokens')) return (reply) => reply.json(200, { input_tokens: COUNTED });
  return modelThat(shape.dialect, (asked) => answerTo(shape, asked));
}

/** Thinks, speaks, and calls the tool of the fixture under whatever name it has arrived. */
function answerTo({ request, dialect }: Shape, { toolNames }: Asked): ModelAnswer {
  const { call: wanted } = request;
  const said = { thinking: { text: thoughtOf(0), state: stateOf(0) }, text: 'On it.', usage: BILLED };
  // OpenAI's own forms of tools are known to their relays alone.
  if (!wanted || dialect === request.dialect) return { ...said, calls: [] };
  const name = toolNames.find((known) => known === wanted.tool || known.endsWith(`__${wanted.tool}`));
  if (name === undefined) throw new Error(`no tool ${wanted.tool} among ${toolNames.join()}`);
  return { ...said, calls: [{ id: `call_${'y'.repeat(20)}`, name, args: wanted.args }] };
}

function lossesOf({ headers }: Answer): string[] {
  const header = headers['x-ezmodel-losses'] ?? '';
  return [...header.matchAll(/(?:^|, )([a-z_]+);at=/g)].map(([, code]) => code ?? '').sort();
}

describe('requests of coding agents, converted', () => {
  test.each(CONVERTED)('P127 $name on $upstream', async (shape) => {
    const { answer, sent } = await send(shape);
    const { request, upstream } = shape;
    expect(sent?.refusal).toBeUndefined();
    expect({ status: answer.status, text: answer.status === 200 ? '' : answer.text }).toEqual({
      status: 200,
      text: '',
    });
    const { text, calls, ends, endsLast } = readStreamed(request.dialect, answer.text);
    expect({ text, calls }).toEqual({ text: 'On it.', calls: expectedCalls(request) });
    expect({ ends, endsLast }).toEqual({ ends: 1, endsLast: true });
    expect(lossesOf(answer)).toEqual(request.losses[upstream]);
  });
});

/** The client's own form: a namespace where it knows one, bare text for free-form tools. */
function expectedCalls({ call: wanted }: ClientRequest): object[] {
  if (!wanted) return [];
  const { args, input, ...tool } = wanted;
  return [input === undefined ? { ...tool, args } : { ...tool, input }];
}

function shapeOf(name: string, upstream: UpstreamName): Shape {
  const shape = SHAPES.find((candidate) => candidate.name === name && candidate.upstream === upstream);
  if (!shape) throw new Error(`no fixture ${name}`);
  return shape;
}

/** Sends the fixture of this name, and gives the body that arrived. */
async function arrivedOf(name: string, upstream: UpstreamName): Promise<JsonObject> {
  const { sent } = await send(shapeOf(name, upstream));
  if (!sent?.json) throw new Error(`${name} did not arrive`);
  return sent.json;
}

const toolNamesIn = (text: string, names: readonly string[]) =>
  names.filter((name) => text.includes(`"name":"${name}"`));

describe('what arrives of them', () => {
  const OPENAI = ['chat', 'responses'] as const;

  test.each(OPENAI)('P128 the attribution line goes to Anthropic only, not to %s', async (upstream) => {
    expect(JSON.stringify(await arrivedOf('claude-code-first-turn', upstream))).not.toContain('billing-header');
    expect(JSON.stringify(await arrivedOf('claude-code-router-chat', 'responses'))).not.toContain('billing-header');
    const { system } = await arrivedOf('claude-code-router-chat', 'messages');
    expect(system).toMatchObject([{ text: expect.stringMatching(/^x-anthropic-billing-header/) }, {}, {}]);
  });

  test.each(OPENAI)('P52 system text in mid-conversation keeps its place on %s', async (upstream) => {
    const { messages, input } = await arrivedOf('claude-code-first-turn', upstream);
    const turns = z.array(z.looseObject({ role: z.string() })).parse(messages ?? input);
    expect(turns.map(({ role }) => role).slice(-2)).toEqual(['user', expect.stringMatching(/system|developer/)]);
    expect(JSON.stringify(turns.at(-1))).toContain('Primary working directory');
  });

  test.each(OPENAI)(
    'P127 deferred tools reach %s once they are referenced, the placeholder never',
    async (upstream) => {
      const names = ['Read', 'ToolSearch', 'WebFetch', 'NotebookEdit', 'DeferredToolPlaceholder'];
      const { tools: before } = await arrivedOf('claude-code-first-turn', upstream);
      expect(toolNamesIn(JSON.stringify(before), names)).toEqual(['Read', 'ToolSearch']);
      const { tools: after } = await arrivedOf('claude-code-tool-turn', upstream);
      expect(toolNamesIn(JSON.stringify(after), names)).toEqual(['Read', 'ToolSearch', 'WebFetch']);
    },
  );

  test('P7 P105 state of one vendor reaches no other, not even as text', async () => {
    const bodies = await Promise.all([
      arrivedOf('claude-code-tool-turn', 'chat'),
      arrivedOf('codex-patch', 'messages'),
    ]);
    expect(JSON.stringify(bodies)).not.toMatch(/gAAAAAB|T3BhcXVl|Thought|Running the tests\*/);
  });

  test.each(OPENAI)('P5 P18 thinking that Claude Code has asked not to see goes back to %s whole', async (upstream) => {
    const shape = shapeOf('claude-code-first-turn', upstream);
    const { answer } = await send(shape);
    const signature = /"signature":"(ezm1\.[^"]+)"/.exec(answer.text)?.[1] ?? '';
    expect(answer.text).not.toContain('thinking_delta');
    const { body } = shape.request;
    const messages = [
      ...z.array(z.json()).parse(body['messages']),
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: '', signature },
          { type: 'tool_use', id: 'toolu_1', name: 'Read', input: { file_path: 'a' } },
        ],
      },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'text' }] },
    ];
    const { sent } = await send({ ...shape, request: { ...shape.request, body: { ...body, messages } } });
    expect(sent?.refusal).toBeUndefined();
    expect(JSON.stringify(sent?.json)).toContain(stateOf(0));
  });

  test('P22 an image of a tool result stands behind all results of its turn in Chat', async () => {
    const { messages } = await arrivedOf('claude-code-tool-turn', 'chat');
    const roles = z
      .array(z.looseObject({ role: z.string() }))
      .parse(messages)
      .map(({ role }) => role);
    expect(roles.slice(3, 8)).toEqual(['assistant', 'tool', 'tool', 'tool', 'user']);
  });

  test('P36 the same request arrives as the same bytes', async () => {
    const bodies = [await arrivedOf('codex-patch', 'messages'), await arrivedOf('codex-patch', 'messages')];
    expect(JSON.stringify(bodies[0])).toBe(JSON.stringify(bodies[1]));
  });
});

describe('a stream that the upstream breaks off', () => {
  test.each(GENERATED)('P15 P111 $name on $upstream is told so, once, and never that it is complete', async (shape) => {
    const { dialect } = shape.request;
    const { answer } = await send(shape, breakOff(shape));
    expect(answer.status).toBe(200);
    const { ends } = readStreamed(dialect, answer.text);
    const errors = [...answer.text.matchAll(STREAM_ERRORS[dialect])].length;
    expect({ ends, errors }).toEqual({ ends: dialect === 'openai-responses' ? 1 : 0, errors: 1 });
  });
});

const STREAM_ERRORS: Record<DialectId, RegExp> = {
  'anthropic-messages': /^event: error$/gm,
  'openai-chat': /^data: \{"error":/gm,
  'openai-responses': /^event: response\.failed$/gm,
};

/** Everything but what makes the answer complete, in any dialect. */
function breakOff(shape: Shape): Script {
  return async (reply) => {
    const events = scriptedEvents(shape.dialect, reply.call.json ?? {}, (asked) => answerTo(shape, asked));
    await reply.streamHead();
    for (const event of events.slice(0, -3)) await reply.chunk(event);
    reply.cut();
  };
}

describe('requests of coding agents, relayed', () => {
  test.each(RELAYED)('$name on $upstream arrives as it was', async (shape) => {
    const { answer, sent } = await send(shape);
    expect(sent?.refusal).toBeUndefined();
    expect(answer.status).toBe(200);
    const { model: _model, ...arrived } = sent?.json ?? {};
    const { model: _public, ...body } = shape.request.body;
    // The one thing that metering adds (law Relay).
    const isChat = shape.dialect === 'openai-chat';
    expect(arrived).toEqual({ ...body, ...(isChat && { stream_options: { include_usage: true } }) });
    expect(answer.headers['x-ezmodel-losses']).toBeUndefined();
    expect(readStreamed(shape.request.dialect, answer.text)).toMatchObject({ ends: 1, endsLast: true });
  });
});

describe('what an upstream cannot have', () => {
  test.each(REFUSED)('P50 $name on $upstream is refused by name', async (shape) => {
    const { answer, sent } = await send(shape);
    expect(answer.status).toBe(400);
    expect(answer.text).toContain(shape.request.refusedBy?.[shape.upstream]);
    expect(sent).toBeUndefined();
  });
});

describe('counting', () => {
  test.each(COUNTING)('P114 $name on $upstream', async (shape) => {
    const { answer, sent } = await send(shape);
    expect(sent?.refusal).toBeUndefined();
    expect(answer.status).toBe(200);
    const estimated = shape.upstream === 'chat';
    expect(answer.headers['x-ezmodel-estimated']).toBe(estimated ? 'true' : undefined);
    expect(answer.json()).toEqual({ input_tokens: estimated ? expect.any(Number) : COUNTED });
  });
});
