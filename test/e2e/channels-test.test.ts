import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DialectId } from '../../src/core/dialect.ts';
import { PROBES } from '../../src/gateway/probe/probes/index.ts';
import { type EndpointReport, failuresOf, probeChannel } from '../../src/gateway/probe/run-probes.ts';
import { createGatewayTransport } from '../../src/gateway/wiring.ts';
import { type Breakage, type Probed, startProbed } from '../support/probed-upstream.ts';
import { PROGRAM } from '../support/program.ts';
import { decide } from '../support/scripted-model/answer.ts';

const MESSAGES: DialectId = 'anthropic-messages';
const CHAT: DialectId = 'openai-chat';
const RESPONSES: DialectId = 'openai-responses';

const transport = createGatewayTransport(Date.now);
const started: Probed[] = [];

/** Starts an upstream that ends with the test. */
async function start(...parts: Parameters<typeof startProbed>): Promise<Probed> {
  const probed = await startProbed(...parts);
  started.push(probed);
  return probed;
}

afterEach(async () => {
  await Promise.all(started.splice(0).map(({ upstream }) => upstream.stop()));
});
afterAll(() => transport.close());

const probe = ({ channel, model }: Probed) => probeChannel(transport, channel, model);

/** The probes of an endpoint that came to `state`. */
function namesOf(report: EndpointReport | undefined, state: string): string[] {
  return (report?.probes ?? []).filter((one) => one.state === state).map(({ name }) => name);
}

describe('a good upstream', () => {
  it.each([
    { dialect: MESSAGES, unsupported: [] },
    { dialect: CHAT, unsupported: ['count_tokens', 'betas'] },
    { dialect: RESPONSES, unsupported: ['count_tokens', 'betas'] },
  ])('of $dialect passes every probe that its row claims', async ({ dialect, unsupported }) => {
    const probed = await start(dialect);
    const report = await probe(probed);
    expect(failuresOf(report)).toEqual([]);
    expect(namesOf(report.endpoints[0], 'skipped')).toEqual([]);
    expect(namesOf(report.endpoints[0], 'unsupported')).toEqual(unsupported);
  });

  it('is asked no more than the report says that it cost', async () => {
    const probed = await start(MESSAGES);
    const { tally } = await probe(probed);
    const billed = probed.upstream.calls.flatMap((call) => call.billed ?? []);
    expect(tally).toEqual({
      calls: probed.upstream.calls.length,
      inputTokens: billed.reduce((sum, { input, cacheRead = 0 }) => sum + input + cacheRead, 0),
      outputTokens: billed.reduce((sum, { output }) => sum + output, 0),
    });
  });

  it('gets its reasoning state back as it gave it, and the results of all calls', async () => {
    const probed = await start(RESPONSES);
    await probe(probed);
    const returned = probed.upstream.calls.filter(({ body }) => body.includes('function_call_output'));
    expect(returned.length).toBe(3);
    expect(returned.filter(({ body }) => body.includes('encrypted_content":"')).length).toBe(1);
  });
});

type BrokenRow = { name: string; dialect: DialectId; breakage: Breakage; failed: string[]; note: string };

const text = (event: Buffer) => event.toString();
const holds = (word: string) => (body: object) =>
  JSON.stringify(body).includes(word) ? `${word}: refused` : undefined;
const cutCalls: Breakage['answers'] = (asked) => {
  const answer = decide(asked);
  return { ...answer, calls: answer.calls.map((call) => ({ ...call, args: '{"city": Oslo' })) };
};

const BROKEN: readonly BrokenRow[] = [
  {
    name: 'Chat: whole answers tell no output tokens',
    dialect: CHAT,
    breakage: { answers: (asked) => withUsage(decide(asked), asked.stream ? {} : { output: 0 }) },
    failed: ['answer'],
    note: 'no usage of output tokens',
  },
  {
    name: 'Messages: a call that is demanded is not made',
    dialect: MESSAGES,
    breakage: {
      answers: (asked) => {
        const isDemanded = asked.toolNames.length === 1 && asked.userTexts[0]?.includes('think') === false;
        return isDemanded ? { ...decide(asked), text: 'Mild.', calls: [] } : decide(asked);
      },
    },
    failed: ['tools'],
    note: 'no tool was called',
  },
  {
    name: 'Responses: the results of several tools are rejected',
    dialect: RESPONSES,
    breakage: {
      refuses: (body) =>
        /get_time.*function_call_output|function_call_output.*get_time/.test(JSON.stringify(body))
          ? 'one at a time'
          : undefined,
    },
    failed: ['parallel tools'],
    note: 'the results of two tools: HTTP 400: one at a time',
  },
  {
    name: 'Messages: message_delta before the end of its block',
    dialect: MESSAGES,
    breakage: { stream: (events) => swapped(events, 'content_block_stop', 'message_delta') },
    failed: ['stream'],
    note: 'message_delta inside a block',
  },
  {
    name: 'Messages: no message_stop',
    dialect: MESSAGES,
    breakage: { stream: (events) => events.filter((event) => !text(event).includes('message_stop')) },
    failed: ['stream', 'tools', 'parallel tools', 'thinking'],
    note: 'no message_stop at the end',
  },
  {
    name: 'Messages: no usage at the end',
    dialect: MESSAGES,
    breakage: { stream: (events) => events.map((event) => replaced(event, /("message_delta".*),"usage":.*\}/, '$1}')) },
    failed: ['stream'],
    note: 'no usage.output_tokens in message_delta',
  },
  {
    name: 'Chat: no usage chunk',
    dialect: CHAT,
    breakage: { stream: (events) => events.filter((event) => !text(event).includes('"choices":[]')) },
    failed: ['stream'],
    note: 'no usage with or behind the finish_reason',
  },
  {
    name: 'Chat: no [DONE]',
    dialect: CHAT,
    breakage: { stream: (events) => events.filter((event) => !text(event).includes('[DONE]')) },
    failed: ['stream'],
    note: 'no [DONE] at the end',
  },
  {
    name: 'Responses: no usage at the end',
    dialect: RESPONSES,
    breakage: { stream: (events) => events.map((event) => replaced(event, /"usage":\{.*\}\}\}/, '"usage":null}}')) },
    failed: ['stream'],
    note: 'no usage in the event that ends the response',
  },
  {
    name: 'Responses: events of an item before it is added',
    dialect: RESPONSES,
    breakage: { stream: (events) => swapped(events, 'output_item.added', 'content_part.added') },
    failed: ['stream'],
    note: 'response.content_part.added of an item that is not open',
  },
  {
    name: 'Messages: the arguments of a call are cut',
    dialect: MESSAGES,
    breakage: { stream: (events) => events.filter((event) => !/"partial_json":"[^{]/.test(text(event))) },
    failed: ['tools', 'parallel tools', 'thinking'],
    note: 'arguments are not valid JSON',
  },
  {
    name: 'Chat: the arguments of a call are no JSON',
    dialect: CHAT,
    breakage: { answers: cutCalls },
    failed: ['tools', 'parallel tools', 'thinking'],
    note: 'arguments are not valid JSON',
  },
  {
    name: 'Responses: the arguments of a call are no JSON',
    dialect: RESPONSES,
    breakage: { answers: cutCalls },
    failed: ['tools', 'parallel tools', 'thinking'],
    note: 'arguments are not valid JSON',
  },
  {
    name: 'Chat: a call of a tool that was not offered',
    dialect: CHAT,
    breakage: {
      answers: (asked) => {
        const answer = decide(asked);
        return { ...answer, calls: answer.calls.map((call) => ({ ...call, name: 'get_news' })) };
      },
    },
    failed: ['tools', 'parallel tools'],
    note: 'does not fit its tool: get_news',
  },
  {
    name: 'Chat: tools are ignored',
    dialect: CHAT,
    breakage: { answers: (asked) => ({ ...decide(asked), text: 'Mild.', calls: [] }) },
    failed: ['tools', 'structured output'],
    note: 'no tool was called',
  },
  {
    name: 'Messages: the signature is rejected',
    dialect: MESSAGES,
    breakage: { refuses: (body) => (JSON.stringify(body).includes('"signature"') ? 'Invalid `signature`' : undefined) },
    failed: ['thinking'],
    note: 'thinking given back: HTTP 400: Invalid `signature`',
  },
  {
    name: 'Messages: thinking has no signature',
    dialect: MESSAGES,
    breakage: { stream: (events) => events.filter((event) => !text(event).includes('signature_delta')) },
    failed: ['thinking'],
    note: 'thinking came without a signature',
  },
  {
    name: 'Responses: encrypted reasoning is rejected',
    dialect: RESPONSES,
    breakage: { refuses: holds('"encrypted_content"') },
    failed: ['thinking'],
    note: 'thinking given back: HTTP 400',
  },
  {
    name: 'Responses: the results of tools are rejected',
    dialect: RESPONSES,
    breakage: { refuses: holds('function_call_output') },
    failed: ['tools', 'parallel tools', 'thinking'],
    note: 'the result of a tool: HTTP 400: function_call_output: refused',
  },
  ...([MESSAGES, CHAT, RESPONSES] as const).map(
    (dialect): BrokenRow => ({
      name: `${dialect}: images are refused`,
      dialect,
      breakage: { refuses: (body) => (/image\/png/.test(JSON.stringify(body)) ? 'no images here' : undefined) },
      failed: ['image'],
      note: 'HTTP 400: no images here',
    }),
  ),
  {
    name: 'Messages: the schema is not kept to',
    dialect: MESSAGES,
    breakage: { answers: (asked) => ({ ...decide(asked), ...(asked.wantsSchema && { text: '{"city":"Oslo"}' }) }) },
    failed: ['structured output'],
    note: 'does not fit the schema: {"city":"Oslo"}',
  },
  {
    name: 'Messages: tokens are not counted',
    dialect: MESSAGES,
    breakage: { count: { tokens: 12 } },
    failed: ['count_tokens'],
    note: 'bad_upstream',
  },
  {
    name: 'Messages: nothing is read from the cache',
    dialect: MESSAGES,
    breakage: { answers: (asked) => withUsage(decide(asked), { cached: 0 }) },
    failed: ['cache'],
    note: 'a repeated prefix was not read from the cache',
  },
  {
    name: 'Chat: system turns are refused',
    dialect: CHAT,
    breakage: {
      refuses: (body) => (/.user".*"role":"system"/.test(JSON.stringify(body)) ? 'system first' : undefined),
    },
    failed: ['system turn'],
    note: 'HTTP 400: system first',
  },
  {
    name: 'Messages: one beta is refused',
    dialect: MESSAGES,
    breakage: {
      refuses: (_, call) => (call.header('anthropic-beta')?.includes('effort-') ? 'Unexpected value(s)' : undefined),
    },
    failed: ['betas'],
    note: 'effort-2025-11-24: HTTP 400: Unexpected value(s)',
  },
  {
    name: 'Chat: an error page instead of an error',
    dialect: CHAT,
    breakage: { spoiled: (reply) => reply.whole(400, '<h1>Bad Request</h1>', { 'content-type': 'text/html' }) },
    failed: ['error shape'],
    note: 'HTTP 400 without an error in the shape of this API',
  },
  {
    name: 'Messages: a bad request is the server’s fault',
    dialect: MESSAGES,
    breakage: { spoiled: (reply) => reply.error(500, 'api_error', 'oops') },
    failed: ['error shape'],
    note: 'HTTP 500: oops',
  },
];

function replaced(event: Buffer, pattern: RegExp, by: string): Buffer {
  return Buffer.from(text(event).replace(pattern, by));
}

/** The last event of one kind and the first of another behind it change places. */
function swapped(events: Buffer[], one: string, other: string): Buffer[] {
  const second = events.findIndex((event) => text(event).includes(other));
  const first = events.slice(0, second).findLastIndex((event) => text(event).includes(one));
  const [early, late] = [events[first], events[second]];
  return early && late ? events.with(first, late).with(second, early) : events;
}

function withUsage(answer: ReturnType<typeof decide>, usage: object): ReturnType<typeof decide> {
  return { ...answer, usage: { ...answer.usage, ...usage } };
}

describe('a broken upstream fails where it is broken, and nowhere else', () => {
  it.each(BROKEN)('$name', async ({ dialect, breakage, failed, note }) => {
    const report = await probe(await start(dialect, breakage));
    expect(namesOf(report.endpoints[0], 'failed')).toEqual(failed);
    expect(failuresOf(report)[0]?.note).toContain(note);
  });

  it('of every row of the matrix there is one that fails in that row alone', () => {
    const alone = new Set(BROKEN.flatMap(({ failed }) => (failed.length === 1 ? failed : [])));
    // A credential that is not let in has a test of its own: whatever comes behind it is skipped.
    expect(PROBES.map(({ name }) => name).filter((name) => !alone.has(name))).toEqual([]);
  });

  it('that is merely busy is skipped', async () => {
    const busy: Breakage = { refuses: holds('get_weather'), refusalStatus: 429 };
    const report = await probe(await start(CHAT, busy));
    expect(namesOf(report.endpoints[0], 'skipped')).toEqual(['tools', 'parallel tools', 'thinking']);
    expect(failuresOf(report)).toEqual([]);
  });

  it('whose model makes one call at a time is not to blame for that', async () => {
    const single: Breakage = {
      answers: (asked) => {
        const answer = decide(asked);
        return { ...answer, calls: answer.calls.slice(0, 1) };
      },
    };
    const report = await probe(await start(CHAT, single));
    expect(namesOf(report.endpoints[0], 'skipped')).toEqual(['parallel tools']);
    expect(failuresOf(report)).toEqual([]);
  });

  it('that cannot be reached fails at the door', async () => {
    const probed = await start(MESSAGES);
    await probed.upstream.stop();
    const { endpoints, tally } = await probe(probed);
    expect(failuresOf({ model: '', endpoints, tally })).toMatchObject([{ name: 'auth', note: /^unreachable: / }]);
    expect(new Set(namesOf(endpoints[0], 'skipped')).size).toBe((endpoints[0]?.probes.length ?? 0) - 1);
  });
});

describe('credentials', () => {
  it('are each tried at the door, and the rest goes on with one that is let in', async () => {
    const credentials = [
      { name: 'old', api_key: 'sk-revoked' },
      { name: 'new', api_key: 'sk-probed-upstream-credential' },
    ];
    const probed = await start(MESSAGES, {}, { credentials });
    const report = await probe(probed);
    expect(failuresOf(report)).toMatchObject([{ name: 'auth', note: expect.stringMatching(/^old: HTTP 401: /) }]);
    expect(namesOf(report.endpoints[0], 'skipped')).toEqual([]);
    const withOld = probed.upstream.calls.filter((call) => call.header('x-api-key') === 'sk-revoked');
    expect(withOld.length).toBe(1);
  });

  it('none of which is let in cost one call, and no other probe is tried', async () => {
    const probed = await start(CHAT, {}, { credentials: [{ name: 'old', api_key: 'sk-revoked' }] });
    const report = await probe(probed);
    expect(probed.upstream.calls.length).toBe(1);
    expect(namesOf(report.endpoints[0], 'failed')).toEqual(['auth']);
    expect(report.endpoints[0]?.probes[1]).toMatchObject({ state: 'skipped', note: 'auth failed' });
  });
});

describe('ezmodel channels test', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'ezmodel-probe-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  async function run(config: object, ...args: string[]): Promise<{ status: number | null; out: string; err: string }> {
    writeFileSync(join(directory, 'ezmodel.yaml'), JSON.stringify(config));
    const child = spawn(process.execPath, [PROGRAM, 'channels', 'test', ...args], { cwd: directory, env: {} });
    const [out, err] = [child.stdout, child.stderr].map(async (stream) => {
      let written = '';
      for await (const chunk of stream.setEncoding('utf8')) written += chunk;
      return written;
    });
    const { promise, resolve, reject } = Promise.withResolvers<number | null>();
    child.on('close', resolve).on('error', reject);
    return { status: await promise, out: (await out) ?? '', err: (await err) ?? '' };
  }

  const SIMULATED = { channels: [{ name: 'sim', provider: 'simulator', pacing: 0 }] };

  it('shows a matrix with a column for each API of the simulator, all of it good', async () => {
    const { status, out, err } = await run(SIMULATED, 'sim', '--model', 'simulator');
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(out).toMatch(/^PROBE +anthropic-messages +openai-chat +openai-responses$/m);
    for (const name of ['auth', 'stream', 'tools', 'parallel tools', 'cache', 'error shape']) {
      expect(out).toMatch(new RegExp(`^${name} +ok +ok +ok$`, 'm'));
    }
    expect(out).toMatch(/^betas +ok +not supported +not supported$/m);
    expect(out).not.toMatch(/FAILED|skipped/);
    expect(out).toMatch(/^cost: [\d,]+ tokens in, [\d,]+ tokens out, \d+ calls$/m);
  });

  it('says the same as JSON', async () => {
    const { status, out } = await run(SIMULATED, 'sim', '--model', 'simulator', '--json');
    const report = JSON.parse(out);
    expect(status).toBe(0);
    expect(report).toMatchObject({ channel: 'sim', model: 'simulator', ok: true });
    expect(report.endpoints.map(({ path }: EndpointReport) => path)).toEqual([
      '/v1/messages',
      '/v1/chat/completions',
      '/v1/responses',
    ]);
    expect(report.endpoints[0].probes).toContainEqual({ name: 'tools', state: 'ok', note: null });
    expect(report.cost.input_tokens).toBeGreaterThan(0);
  });

  it('ends with status 1 and the reason when a probe fails, without a word of the credential', async () => {
    const { config, upstream } = await start(CHAT, { refuses: holds('image_url') });
    const { status, out, err } = await run(config, 'probed');
    expect({ status, err }).toEqual({ status: 1, err: 'ezmodel: channel probed failed 1 probe\n' });
    expect(out).toMatch(/^image +FAILED$/m);
    expect(out).toMatch(/^FAILED +openai-chat +image +HTTP 400: image_url: refused$/m);
    expect(out).not.toContain(upstream.apiKey);
    const json = await run(config, 'probed', '--json');
    expect({ status: json.status, ok: JSON.parse(json.out).ok }).toEqual({ status: 1, ok: false });
  });

  it('asks with --quick for one greeting', async () => {
    const { config, upstream } = await start(MESSAGES);
    const { status, out } = await run(config, 'probed', '--quick');
    expect({ status, out }).toEqual({ status: 0, out: expect.stringMatching(/^channel probed works: /) });
    expect(upstream.onlyCall().json).toMatchObject({ max_tokens: 16, stream: true });
    upstream.fallback = (reply) => reply.error(529, 'overloaded_error', 'Overloaded');
    const refused = await run(config, 'probed', '--quick', '--json');
    expect(refused).toMatchObject({ status: 1, err: expect.stringContaining('overloaded, Overloaded') });
    expect(JSON.parse(refused.out)).toMatchObject({ ok: false, kind: 'overloaded' });
  });
});
