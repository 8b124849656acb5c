import type { DialectId } from '../../../src/core/dialect.ts';
import { OPENAI_QUIRKS, type Quirks } from '../../../src/core/quirks.ts';
import { STRICT_ANTHROPIC_RULES } from '../anthropic-rules.ts';
import {
  FakeUpstream,
  type Script,
  type UpstreamCall,
  type UpstreamReply,
  type UpstreamRules,
} from '../fake-upstream.ts';
import { openAiRules } from '../openai-upstream.ts';
import { scriptedEvents, scriptedModel } from '../scripted-model/index.ts';
import { waitFor } from '../wait.ts';

/** The dialects that upstreams speak here, each with a short name for models and tests. */
export const UPSTREAM_DIALECTS = [
  ['messages', 'anthropic-messages'],
  ['chat', 'openai-chat'],
  ['responses', 'openai-responses'],
] as const satisfies readonly (readonly [string, DialectId])[];

/** The short name of an upstream. */
export type UpstreamName = (typeof UPSTREAM_DIALECTS)[number][0];

/** Name, error type and status of what each upstream fails with when the prompt says `fail NAME`. */
export const FAILURES = {
  invalid: { anthropic: [400, 'invalid_request_error'], openai: [400, 'invalid_request_error'] },
  rateLimited: { anthropic: [429, 'rate_limit_error'], openai: [429, 'rate_limit_exceeded'] },
  overloaded: { anthropic: [529, 'overloaded_error'], openai: [503, 'server_error'] },
} as const;

/** Seconds that a failing upstream asks to wait. */
export const RETRY_AFTER = '7';

/** A reasoning model behind Chat: what the channel is configured with and what the upstream enforces. */
const CHAT_QUIRKS: Partial<Quirks> = {
  reasoningReplay: 'tool_calls',
  effortKnob: 'effort',
  efforts: ['low', 'medium', 'high'],
  developerRole: false,
};

/** What the `openai` provider knows of the model that stands behind the Responses upstream. */
const RESPONSES_QUIRKS: Partial<Quirks> = {
  encryptedReasoning: true,
  sampling: false,
  efforts: ['none', 'low', 'medium', 'high', 'xhigh'],
};

/** Sent by a script once the first text is out, in events. */
const EVENTS_TO_FIRST_TEXT: Record<DialectId, number> = {
  'anthropic-messages': 3,
  'openai-chat': 2,
  'openai-responses': 5,
};

/** Three strict upstreams, one for each dialect, with the same scripted model behind them. */
export class Upstreams {
  private readonly byName: Record<UpstreamName, FakeUpstream>;

  private constructor(byName: Record<UpstreamName, FakeUpstream>) {
    this.byName = byName;
  }

  static async start(): Promise<Upstreams> {
    const openAi = (quirks: Partial<Quirks>) => forgiving(openAiRules({ ...OPENAI_QUIRKS, ...quirks }));
    const [messages, chat, responses] = await Promise.all([
      FakeUpstream.start('sk-ant-strict', STRICT_ANTHROPIC_RULES),
      FakeUpstream.start('sk-chat-strict', openAi({ ...COMPATIBLE_LIMITS, ...CHAT_QUIRKS })),
      FakeUpstream.start('sk-responses-strict', openAi(RESPONSES_QUIRKS)),
    ]);
    const byName = { messages, chat, responses };
    for (const [name, dialect] of UPSTREAM_DIALECTS) byName[name].fallback = scriptFor(dialect);
    return new Upstreams(byName);
  }

  /** The text of a config with one channel for each upstream, and one more for each whose calls are made to fail. */
  get config(): string {
    const channels = UPSTREAM_DIALECTS.flatMap(([name]) =>
      ['', '-failing'].map((suffix) => ({
        name: `${name}${suffix}`,
        base_url: this.byName[name].url,
        api_key: this.byName[name].apiKey,
        models: modelsOf(name, suffix),
        ...CHANNELS[name],
      })),
    );
    return channels
      .map((channel) => `  - ${JSON.stringify(channel)}`)
      .join('\n')
      .replace(/^/, 'channels:\n');
  }

  /** The call whose body holds this marker, once it is there. */
  arrived(name: UpstreamName, marker: string): Promise<UpstreamCall> {
    return waitFor(`the call with ${marker}`, () => this.callsWith(name, marker)[0]);
  }

  callsWith(name: UpstreamName, marker: string): UpstreamCall[] {
    return this.byName[name].calls.filter(({ body }) => body.includes(marker));
  }

  /** The fake itself, for scripts of a test's own. */
  upstream(name: UpstreamName): FakeUpstream {
    return this.byName[name];
  }

  async stop(): Promise<void> {
    await Promise.all(Object.values(this.byName).map((upstream) => upstream.stop()));
  }
}

/**
 * The name of the model that reaches an upstream, as clients of a vendor would expect it to look; a name of its own for
 * clients of the upstream's dialect.
 */
export function modelFor(dialect: DialectId, upstream: UpstreamName, suffix = ''): string {
  const family = dialect === 'anthropic-messages' ? 'claude-sonnet-5-5' : 'gpt-6';
  const relayed = UPSTREAM_DIALECTS.some(([name, id]) => name === upstream && id === dialect) ? '-relayed' : '';
  return `${family}${suffix}${relayed}-on-${upstream}`;
}

function modelsOf(upstream: UpstreamName, suffix: string): Record<string, string> {
  return Object.fromEntries(
    UPSTREAM_DIALECTS.map(([, dialect]) => {
      const name = modelFor(dialect, upstream, suffix);
      const relayed = upstream !== 'messages' && name.includes('-relayed') ? '-relayed' : '';
      return [name, `${UPSTREAM_MODELS[upstream]}${relayed}`];
    }),
  );
}

const UPSTREAM_MODELS: Record<UpstreamName, string> = {
  messages: 'claude-sonnet-5-5',
  chat: 'deep-thought',
  responses: 'gpt-6',
};

/** As `COMPATIBLE_QUIRKS` of the provider says. */
const COMPATIBLE_LIMITS: Partial<Quirks> = {
  maxTokensField: 'max_tokens',
  strictTools: false,
  customTools: false,
  files: false,
  promptCacheKey: false,
  userField: undefined,
  serviceTier: false,
  storeAndMetadata: false,
  verbosity: false,
  openAiExtras: false,
};

const CHANNELS: Record<UpstreamName, object> = {
  messages: { provider: 'anthropic' },
  chat: {
    provider: 'openai-compatible',
    quirks: {
      reasoning_replay: CHAT_QUIRKS.reasoningReplay,
      effort_knob: CHAT_QUIRKS.effortKnob,
      efforts: CHAT_QUIRKS.efforts,
    },
  },
  responses: {
    provider: 'openai',
    endpoints: { 'openai-responses': { generate: '/v1/responses', count_tokens: '/v1/responses/input_tokens' } },
  },
};

/**
 * The body of a relayed request is the client's own affair (law Relay): OpenAI's clients send more than these vendors take. And
 * vendors demand reasoning back only of conversations in which the model has thought (P38).
 */
function forgiving(rules: UpstreamRules): UpstreamRules {
  return {
    ...rules,
    refusalOf: (request, json, apiKey) => {
      const refusal = rules.refusalOf(request, json, apiKey);
      if (refusal === undefined || /^(?:authorization|no route|anthropic-version):? /.test(refusal)) return refusal;
      if (`${json?.['model']}`.endsWith('-relayed')) return undefined;
      return refusal.endsWith('reasoning_content missing') && !request.body.includes('think') ? undefined : refusal;
    },
  };
}

/** What a prompt asks of the script: `fail NAME`, `hold` or `break` off after the first text, otherwise the scripted model. */
function scriptFor(dialect: DialectId): Script {
  const answer = scriptedModel(dialect);
  return async (reply) => {
    const text = reply.call.body.toString();
    const failure = /\bfail (invalid|rateLimited|overloaded)\b/.exec(text)?.[1];
    if (failure === 'invalid' || failure === 'rateLimited' || failure === 'overloaded')
      return fail(reply, dialect, failure);
    if (/\bhold\b/.test(text)) return hold(reply, dialect);
    if (/\bbreak\b/.test(text)) return hold(reply, dialect).then(() => reply.cut());
    if (reply.call.json?.['thread'] !== undefined) return refuseThread(reply);
    return answer(reply);
  };
}

function fail(reply: UpstreamReply, dialect: DialectId, failure: keyof typeof FAILURES): Promise<void> {
  const [status, type] = FAILURES[failure][dialect === 'anthropic-messages' ? 'anthropic' : 'openai'];
  return reply.error(status, type, `told ${failure}`, status === 400 ? {} : { 'retry-after': RETRY_AFTER });
}

async function hold(reply: UpstreamReply, dialect: DialectId): Promise<void> {
  const events = scriptedEvents(dialect, reply.call.json ?? {});
  await reply.streamHead();
  for (const event of events.slice(0, EVENTS_TO_FIRST_TEXT[dialect])) await reply.chunk(event);
}

/** The exact refusal on which clients go on without (`clients.md` §5.2). */
function refuseThread(reply: UpstreamReply): Promise<void> {
  const details = { error_code: 'thread_unsupported_request', unsupported: ['thread'] };
  const error = { type: 'invalid_request_error', message: 'thread: not supported', details };
  return reply.json(400, { type: 'error', error, request_id: `req_upstream${reply.call.number}` });
}
