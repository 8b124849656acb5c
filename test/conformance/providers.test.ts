import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { isJsonObject, type JsonObject, objectAt } from '../../src/core/json.ts';
import { PROVIDERS } from '../../src/providers/index.ts';
import type { Answer } from '../support/call.ts';
import type { FakeUpstream } from '../support/fake-upstream.ts';
import { requestFixtures } from '../support/fixtures.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { casesOf, dialectsOf, providersConfig, publicName, startProviders } from '../support/provider-upstream.ts';
import { STRUCTURED } from '../support/scripted-model/answer.ts';
import { objectsIn } from '../support/scripted-model/messages.ts';

const CASES = PROVIDERS.filter(({ id, transport }) => transport === 'http' && id !== 'anthropic').flatMap(casesOf);

/** What a channel says that its row does not. */
const WRONG = { name: 'wrong', provider: 'mistral', quirks: { top_k: true } };

/** One pixel. */
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

let upstream: FakeUpstream;
let gateway: Gateway;
let pictures: Server;

beforeAll(async () => {
  upstream = await startProviders(CASES);
  pictures = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'image/png' }).end(Buffer.from(PNG, 'base64'));
  });
  await new Promise<void>((resolve) => pictures.listen(0, '127.0.0.1', resolve));
  gateway = await startGateway({ config: providersConfig(CASES, upstream, [WRONG]) });
});

beforeEach(() => upstream.reset());

afterAll(async () => {
  await gateway?.dispose();
  await upstream?.stop();
  pictures?.close();
});

/** What went upstream was never refused, and the answer is good. */
function expectServed(answer: Answer): void {
  expect(upstream.calls.flatMap(({ refusal }) => refusal ?? [])).toEqual([]);
  expect(answer.status, answer.text).toBe(200);
  expect(upstream.calls.length).toBeGreaterThan(0);
}

/** What a target cannot do is refused before any call, naming the field. */
function expectRefused(answer: Answer, field: string): void {
  expect([answer.status, answer.text]).toEqual([400, expect.stringContaining(field)]);
  expect(upstream.calls).toEqual([]);
}

const WEATHER: JsonObject = {
  name: 'get_weather',
  description: 'The weather of a city.',
  input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};

/** Runs tools until the model is done. */
async function toolRounds(model: string, start: JsonObject): Promise<Answer> {
  const messages: JsonObject[] = [...objectsIn(start['messages'])];
  for (;;) {
    const answer = await gateway.messages({ model, max_tokens: 2048, tools: [WEATHER], ...start, messages });
    expectServed(answer);
    const content = objectsIn(answer.json()['content']);
    const calls = content.filter(({ type }) => type === 'tool_use');
    if (calls.length === 0) return answer;
    const results = calls.map(({ id, input }) => ({
      type: 'tool_result',
      tool_use_id: id ?? null,
      content: `${isJsonObject(input) ? input['city'] : ''} ${messages.length}`,
    }));
    messages.push({ role: 'assistant', content }, { role: 'user', content: results });
  }
}

const textOf = (answer: Answer) =>
  objectsIn(answer.json()['content'])
    .map(({ text }) => text ?? '')
    .join('');

const user = (...content: JsonObject[]): JsonObject[] => [{ role: 'user', content }];
const say = (text: string): JsonObject => ({ type: 'text', text });

/** By Chat, to see all of a row's quirks, and by the API that is chosen for a client whose own is not served. */
const CONVERTED = CASES.flatMap((each) => {
  const dialects = dialectsOf(each);
  const chosen = dialects.filter((dialect, place) => dialect === 'openai-chat' || place === 0);
  return chosen
    .filter((dialect) => dialect !== 'anthropic-messages')
    .map((dialect) => ({ ...each, dialect, title: `${each.name} by ${dialect}` }));
});

test('the upstream is as strict as the rows: a channel that claims more is refused', async () => {
  const wrong = await gateway.messages({ model: 'wrong', max_tokens: 16, messages: user(say('Hello')), top_k: 1 });
  expect([wrong.status, upstream.onlyCall().refusal]).toEqual([400, expect.stringContaining('top_k')]);
});

describe.each(CONVERTED)('a Messages client of $title', (each) => {
  const model = publicName(each, each.dialect);
  const { quirks } = each;
  const send = (body: JsonObject) => gateway.messages({ model, max_tokens: 1024, ...body });

  test('P97: text, with every setting that there is', async () => {
    const answer = await send({
      system: [say('Be brief.'), { ...say('Be kind.'), cache_control: { type: 'ephemeral' } }],
      messages: [...user(say('Hello')), { role: 'assistant', content: [say('Yes?')] }, ...user(say('again'))],
      temperature: 0.5,
      top_k: 5,
      stop_sequences: ['STOP'],
      metadata: { user_id: 'u'.repeat(90) },
      service_tier: 'standard_only',
    });
    expectServed(answer);
    expect(textOf(answer)).toBe('You said: again');
  });

  test('a stream', async () => {
    const live = await gateway.stream({ model, max_tokens: 1024, messages: user(say('Hello')) });
    const answer = await live.whole();
    expectServed(answer);
    expect(answer.text).toContain('event: message_stop');
    expect(answer.text).toMatch(/"output_tokens":25/);
  });

  test('P98: tools over two rounds, with the ids that it made itself and those of another vendor', async () => {
    const start = { messages: user(say('weather')), tool_choice: { type: 'auto', disable_parallel_tool_use: false } };
    if (!quirks.tools) return expectRefused(await send({ ...start, tools: [WEATHER] }), 'tools');
    const answer = await toolRounds(model, start);
    expect(textOf(answer)).toBe('Oslo 1, Bergen 1, Rome 3');
    const id = `toolu_${'x'.repeat(58)}`;
    upstream.reset();
    const call = { type: 'tool_use', id, name: 'get_weather', input: { city: 'Rome' } };
    const result = { type: 'tool_result', tool_use_id: id, is_error: true, content: [] };
    const history = [...user(say('x')), { role: 'assistant', content: [call] }, ...user(result, say('so?'))];
    expectServed(
      await send({ tools: [WEATHER], tool_choice: { type: 'tool', name: 'get_weather' }, messages: history }),
    );
  });

  test('P22: images by their bytes, by their address and in tool results', async () => {
    const inline = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG } };
    const address = pictures.address();
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/a.png`;
    const linked = { type: 'image', source: { type: 'url', url } };
    const answer = await send({ messages: user(inline, linked, say('What is this?')) });
    expectServed(answer);
    expect(textOf(answer)).toBe('I see 2 picture(s).');
    expect(upstream.onlyCall().body.toString().includes(url)).toBe(quirks.imageUrls);
    if (!quirks.tools) return;
    const call = { type: 'tool_use', id: 'toolu_1', name: 'get_weather', input: {} };
    const result = { type: 'tool_result', tool_use_id: 'toolu_1', content: [inline, say('seen')] };
    const messages = [...user(say('x')), { role: 'assistant', content: [call] }, ...user(result)];
    expectServed(await send({ tools: [WEATHER], messages }));
  });

  test('a JSON schema', async () => {
    const schema = { type: 'object', properties: { city: { type: 'string' } } };
    const output_config = { format: { type: 'json_schema', schema } };
    const answer = await send({ messages: user(say('Hello')), output_config });
    if (!quirks.jsonSchema) return expectRefused(answer, 'output_config.format');
    expectServed(answer);
    expect(JSON.parse(textOf(answer))).toEqual(STRUCTURED);
  });

  test.each<[string, JsonObject]>([
    ['adaptive, as hard as can be', { thinking: { type: 'adaptive' }, output_config: { effort: 'max' } }],
    ['by a budget', { thinking: { type: 'enabled', budget_tokens: 1024 } }],
    ['switched off', { thinking: { type: 'disabled' } }],
    ['at medium effort', { output_config: { effort: 'medium' } }],
  ])('P39: one knob for thinking: %s', async (_title, settings) => {
    expectServed(await send({ max_tokens: 4096, messages: user(say('Hello')), ...settings }));
  });

  test('P38: thinking comes back with the calls that it led to, where it is wanted', async () => {
    const thinksAloud = each.dialect === 'openai-chat' || quirks.encryptedReasoning;
    const isReplayed = each.dialect === 'openai-chat' ? quirks.reasoningReplay !== 'never' : quirks.encryptedReasoning;
    if (!thinksAloud) return;
    const once = await send({ messages: user(say('think')) });
    expectServed(once);
    expect(objectsIn(once.json()['content'])[0]).toMatchObject({ type: 'thinking' });
    upstream.reset();
    if (isReplayed && quirks.tools) await toolRounds(model, { messages: user(say('think about the weather')) });
  });

  test('P45: a system message in the middle', async () => {
    const system = { role: 'system', content: 'From now on in French.' };
    const turn = { role: 'assistant', content: 'Hi' };
    expectServed(await send({ messages: [...user(say('a')), turn, ...user(say('b')), system] }));
  });

  test.each(requestFixtures().filter(({ name }) => /^claude-code-(?:first|title|tool-round)$/.test(name)))(
    'P127: what Claude Code sends: $name',
    async ({ bytes }) => {
      const parsed: unknown = JSON.parse(bytes.toString());
      const body: JsonObject = isJsonObject(parsed) ? { ...parsed, model, stream: false } : {};
      const wantsSchema = objectAt(objectAt(body, 'output_config') ?? {}, 'format') !== undefined;
      const answer = await gateway.messages(body);
      if (!quirks.tools && objectsIn(body['tools']).length > 0) return expectRefused(answer, 'tools');
      if (!quirks.jsonSchema && wantsSchema) return expectRefused(answer, 'output_config.format');
      expectServed(answer);
    },
  );
});
