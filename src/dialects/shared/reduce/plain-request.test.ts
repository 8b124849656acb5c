import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { requestFixtures } from '../../../../test/support/fixtures.ts';
import { lossesOf, reduce, refusedField, requestWith, targetOf } from '../../../../test/support/reduce.ts';
import { GatewayError } from '../../../core/error.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../core/json.ts';
import { LOSSES } from '../../../core/loss.ts';
import type { MessageParam, MessagesRequest } from '../../../core/message.ts';
import type { PlainTurn } from '../../../core/plain-request.ts';
import { OPENAI_QUIRKS, type Quirks } from '../../../core/quirks.ts';
import { type Reduced, toPlainRequest } from './plain-request.ts';

/** An upstream that has as little as one can have. */
const POOR: Partial<Quirks> = {
  ...Object.fromEntries(
    Object.entries(OPENAI_QUIRKS)
      .filter(([, value]) => value === true)
      .map(([key]) => [key, false]),
  ),
  toolIds: 'nine_alphanumerics',
  userField: undefined,
  stopSequences: 1,
};

/** A body as the Messages parser reads it. */
function asRequest(body: Json): MessagesRequest {
  if (!isJsonObject(body) || !Array.isArray(body['messages'])) throw new Error('no request');
  const messages = body['messages'].filter((each): each is MessageParam => isJsonObject(each) && 'role' in each);
  return { ...requestWith(), ...body, messages };
}

const fixture = (name: string): MessagesRequest => {
  const found = requestFixtures().find((each) => each.name === name);
  if (!found) throw new Error(`no fixture ${name}`);
  return asRequest(JSON.parse(found.bytes.toString()));
};

describe("Claude Code's traffic", () => {
  const efforts = ['low', 'medium', 'high'];

  it('P127 passes an OpenAI-like upstream as it is', () => {
    const { plain, losses } = toPlainRequest(fixture('claude-code-tool-round'), targetOf({ efforts }));
    expect(plain).toMatchObject({ model: 'upstream-model', stream: true, maxTokens: 64_000, effort: 'high' });
    expect(plain.tools.map((each) => each.kind === 'function' && each.name)).toEqual(['Bash']);
    expect(plain.turns.map(({ role }) => role)).toEqual(['user', 'system', 'assistant', 'user']);
    expect(plain.turns[2]).toMatchObject({
      content: [{ type: 'tool_use', id: 'toolu_01', input: '{"command":"ls -la \\"a b\\""}' }],
    });
    expect(new Set(losses.map(({ code }) => code))).toEqual(
      new Set([
        'attribution_dropped',
        'cache_hint_dropped',
        'context_management_dropped',
        'message_setting_dropped',
        'thinking_dropped',
        'tool_loading_dropped',
      ]),
    );
  });

  it('P128 loses its first system text only, which varies', () => {
    const reduced = toPlainRequest(fixture('claude-code-first'), targetOf({ efforts }));
    expect(reduced.plain.system.map(({ text }) => text)).toEqual([
      "You are Claude Code, Anthropic's official CLI for Claude.",
      '\nYou are an interactive agent.\n',
    ]);
    expect(lossesOf(reduced)).toContain('attribution_dropped system.0');
  });

  it.each<{ name: string; system: Json; expected: string[] }>([
    { name: 'as a string with nothing else', system: 'x-anthropic-billing-header: cc_version=1;', expected: [] },
    {
      name: 'in front of a string',
      system: 'x-anthropic-billing-header: cc_version=1;\n\nBe brief.',
      expected: ['Be brief.'],
    },
    {
      name: 'not in the first place',
      system: [
        { type: 'text', text: 'a' },
        { type: 'text', text: 'x-anthropic-billing-header: b' },
      ],
      expected: ['a', 'x-anthropic-billing-header: b'],
    },
  ])('P128 with the attribution $name', ({ system, expected }) => {
    expect(reduce({ system }).plain.system.map(({ text }) => text)).toEqual(expected);
  });

  it('gives the same prompt in every session (P128)', () => {
    const prompts = ['1', '2'].map((session) => {
      const text = `x-anthropic-billing-header: cc_version=${session};`;
      return reduce({
        system: [
          { type: 'text', text },
          { type: 'text', text: 'Be brief.' },
        ],
      }).plain;
    });
    expect(prompts[0]).toEqual(prompts[1]);
  });
});

describe('system', () => {
  it('is one text for a target that takes a string only', () => {
    const system = ['a', 'b'].map((text) => ({ type: 'text', text }));
    const reduced = reduce({ system }, { contentParts: false });
    expect(reduced.plain.system).toEqual([{ type: 'text', text: 'a\nb' }]);
    expect(lossesOf(reduced)).toEqual(['system_joined system']);
  });

  it('P37 that is empty is left out', () => {
    expect(reduce({ system: '' }).plain.system).toEqual([]);
  });

  it('holds text only', () => {
    expect(refusedField(() => reduce({ system: [{ type: 'image' }] }))).toBe('system.0.type');
  });
});

describe('fields that only Anthropic has', () => {
  it.each<{ name: string; fields: JsonObject; losses: string[] }>([
    {
      name: 'P127 context_management',
      fields: { context_management: { edits: [{ type: 'clear_thinking_20251015' }] } },
      losses: ['context_management_dropped context_management'],
    },
    { name: 'container by id', fields: { container: 'c_1' }, losses: ['container_dropped container'] },
    {
      name: 'container without skills',
      fields: { container: { id: 'c_1', skills: [] } },
      losses: ['container_dropped container'],
    },
    { name: 'speed', fields: { speed: 'fast' }, losses: ['speed_dropped speed'] },
    { name: 'speed standard', fields: { speed: 'standard' }, losses: [] },
    {
      name: 'diagnostics',
      fields: { diagnostics: { previous_message_id: null } },
      losses: ['diagnostics_dropped diagnostics'],
    },
    {
      name: 'task budget',
      fields: { output_config: { task_budget: { type: 'tokens', total: 1 } } },
      losses: ['task_budget_dropped output_config.task_budget'],
    },
    { name: 'fallbacks', fields: { fallbacks: 'default' }, losses: ['fallbacks_dropped fallbacks'] },
    {
      name: 'P127 safeguards',
      fields: { safeguards: { prompt_injection: {} } },
      losses: ['safeguards_dropped safeguards'],
    },
    {
      name: 'billing policy',
      fields: { billing_policy: { type: 'billing_policy' } },
      losses: ['billing_policy_dropped billing_policy'],
    },
    {
      name: 'automatic caching',
      fields: { cache_control: { type: 'ephemeral' } },
      losses: ['cache_hint_dropped cache_control'],
    },
    { name: 'no MCP servers', fields: { mcp_servers: [] }, losses: [] },
    {
      name: 'nulls',
      fields: {
        container: null,
        inference_geo: null,
        thread: null,
        output_config: null,
        thinking: null,
        tool_choice: null,
      },
      losses: [],
    },
    { name: 'P127 what is new', fields: { brand_new: { a: 1 } }, losses: ['unknown_field brand_new'] },
  ])('are dropped and reported: $name', ({ fields, losses }) => {
    const reduced = reduce(fields);
    expect(lossesOf(reduced)).toEqual(losses);
    expect(reduced.plain).toEqual(reduce({}).plain);
  });

  it.each<{ name: string; fields: JsonObject; field: string }>([
    {
      name: 'skills',
      fields: { container: { skills: [{ type: 'anthropic', skill_id: 'x' }] } },
      field: 'container.skills',
    },
    {
      name: 'MCP servers',
      fields: { mcp_servers: [{ type: 'url', url: 'https://x', name: 'm' }] },
      field: 'mcp_servers',
    },
    { name: 'a region', fields: { inference_geo: 'us' }, field: 'inference_geo' },
    { name: 'a compaction', fields: { compaction: { type: 'summarize' } }, field: 'compaction' },
    {
      name: 'an edit that compacts',
      fields: { context_management: { edits: [{ type: 'compact_20260112' }] } },
      field: 'context_management.edits.0',
    },
    { name: 'a thread', fields: { thread: { type: 'create' } }, field: 'thread' },
  ])('without which the answer would be another are refused: $name', ({ fields, field }) => {
    expect(refusedField(() => reduce(fields))).toBe(field);
  });

  it("refuses a thread with the code that makes Anthropic's SDK send the whole history", () => {
    expect(() => reduce({ thread: { type: 'continue' } })).toThrow(
      expect.objectContaining({ code: 'thread_unsupported_request', status: 400 }),
    );
  });
});

describe('any request', () => {
  const attempt = (request: MessagesRequest, quirks: Partial<Quirks>): Reduced | string => {
    try {
      return toPlainRequest(request, targetOf(quirks));
    } catch (thrown) {
      if (thrown instanceof GatewayError && thrown.kind === 'invalid_request' && thrown.field) return thrown.message;
      throw thrown;
    }
  };

  /** The laws that hold for whatever comes. */
  const check = (request: MessagesRequest, quirks: Partial<Quirks>): void => {
    const before = structuredClone(request);
    const reduced = attempt(request, quirks);
    expect(request).toEqual(before);
    expect(attempt(structuredClone(request), quirks)).toEqual(reduced);
    if (typeof reduced === 'string') return;
    for (const { code } of reduced.losses) expect(LOSSES).toHaveProperty(code);
  };

  const bodies = requestFixtures().flatMap(({ name, bytes }) => {
    const body: Json = JSON.parse(bytes.toString());
    return isJsonObject(body) && Array.isArray(body['messages']) ? [{ name, request: asRequest(body) }] : [];
  });

  it.each(bodies)(
    'P36 is reduced or refused by field, always alike and without being changed: $name',
    ({ request }) => {
      for (const quirks of [{}, POOR, { cacheControl: true, efforts: ['none', 'high'] }]) check(request, quirks);
    },
  );

  const TYPES = [
    'text',
    'image',
    'document',
    'search_result',
    'thinking',
    'redacted_thinking',
    'tool_use',
    'tool_result',
    'server_tool_use',
    'tool_reference',
    'tool_addition',
    'custom',
  ];
  const KEYS = [
    'text',
    'source',
    'content',
    'input',
    'id',
    'name',
    'tool_use_id',
    'type',
    'data',
    'signature',
    'extra',
    'tool',
    'citations',
    'cache_control',
    'title',
    'is_error',
    'caller',
    'user_id',
    'effort',
    'format',
    'schema',
  ];
  const json = fc.jsonValue({ maxDepth: 1 }).map((value): Json => JSON.parse(JSON.stringify(value)));
  const leaf = fc.oneof(json, fc.constantFrom<Json>(...TYPES, 'base64', 'url', 'a', 'ezm1.x'));
  const anyObject = fc
    .dictionary(fc.constantFrom(...KEYS), leaf, { maxKeys: 6 })
    .map((entries): JsonObject => ({ ...entries }));
  const block = fc
    .tuple(fc.constantFrom(...TYPES), anyObject)
    .map(([type, fields]): JsonObject => ({ ...fields, type }));
  const content = fc.oneof(fc.string(), fc.array(block, { maxLength: 4 }));
  const message = fc.record({ role: fc.constantFrom('user', 'assistant', 'system'), content });
  const FIELDS = [
    'system',
    'thinking',
    'metadata',
    'output_config',
    'context_management',
    'container',
    'extra',
    'mcp_servers',
    'tool_choice',
    'speed',
    'service_tier',
  ];
  const fields = fc.dictionary(fc.constantFrom(...FIELDS), fc.oneof(anyObject, leaf), { maxKeys: 3 });

  it('P36 is reduced or refused by field, however malformed', () => {
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 4 }),
        fc.array(fc.oneof(block, anyObject), { maxLength: 3 }),
        fields,
        fc.constantFrom<Partial<Quirks>>({}, POOR, { cacheControl: true }),
        (messages, tools, others, quirks) => {
          check(requestWith({ messages, tools, ...others }), quirks);
        },
      ),
      { numRuns: 400 },
    );
  });

  const words = fc.oneof(fc.string({ unit: 'binary', minLength: 1 }), fc.constantFrom('a\0b', '\ud800', 'hi'));
  const call = fc.record({ id: words, name: words, input: fc.dictionary(fc.string(), fc.string()) });
  /** A round: what the user says, what the assistant calls, and the answers. */
  const round = fc
    .record({
      said: fc.string(),
      thought: fc.string(),
      calls: fc.uniqueArray(call, { selector: ({ id }) => id, maxLength: 3 }),
    })
    .map(({ said, thought, calls }): Json[] => [
      { role: 'user', content: [{ type: 'text', text: said }] },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: thought, signature: 'x' },
          ...calls.map((each) => ({ type: 'tool_use', ...each })),
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'go on' },
          ...calls.map(({ id }) => ({ type: 'tool_result', tool_use_id: id, content: said, is_error: said === '' })),
        ],
      },
      { role: 'system', content: said },
    ]);

  it('P36 P37 P89 P98 becomes turns whose names, ids, texts and order every upstream takes', () => {
    fc.assert(
      fc.property(
        fc.array(round, { minLength: 1, maxLength: 3 }),
        fc.uniqueArray(words, { maxLength: 4 }),
        fc.constantFrom<Partial<Quirks>>({}, { toolIds: 'nine_alphanumerics', systemMidConversation: false }),
        (rounds, names, quirks) => {
          const tools = names.map((name) => ({ name, input_schema: {} }));
          const request = requestWith({ messages: rounds.flat(), tools });
          check(request, quirks);
          const { plain, toolNames } = toPlainRequest(request, targetOf(quirks));
          expect(
            plain.tools.map((each) => each.kind !== 'web_search' && (toolNames.get(each.name) ?? each.name)),
          ).toEqual(names);
          checkTurns(plain.turns, quirks.toolIds ? /^[a-zA-Z0-9]{9}$/ : /^[\w-]{1,40}$/);
        },
      ),
    );
  });
});

function checkTurns(turns: readonly PlainTurn[], ids: RegExp): void {
  let called: string[] = [];
  for (const { role, content } of turns) {
    expect(content).not.toHaveLength(0);
    const results = content.filter((block) => block.type === 'tool_result');
    expect(content.slice(0, results.length)).toEqual(results);
    expect(results.map(({ toolUseId }) => toolUseId)).toEqual(called);
    called = [];
    for (const block of content) {
      if (block.type === 'text') expect(block.text).toMatch(/^[^\0]+$/u);
      if (block.type === 'text') expect(block.text.isWellFormed()).toBe(true);
      if (block.type !== 'tool_use') continue;
      expect([role, block.name]).toEqual(['assistant', expect.stringMatching(/^[\w-]{1,64}$/)]);
      expect(block.id).toMatch(ids);
      expect(JSON.parse(block.input)).toBeTypeOf('object');
      called.push(block.id);
    }
  }
}
