import type { ChannelConfig } from '../../src/config/config.ts';
import { parseConfig } from '../../src/config/load.ts';
import type { DialectId } from '../../src/core/dialect.ts';
import type { Json, JsonObject } from '../../src/core/json.ts';
import { OPENAI_QUIRKS, type Quirks } from '../../src/core/quirks.ts';
import { PROVIDERS } from '../../src/providers/index.ts';
import { COMPATIBLE_QUIRKS } from '../../src/providers/openai-compatible.ts';
import { STRICT_ANTHROPIC_RULES } from './anthropic-rules.ts';
import { FakeUpstream, type Script, type UpstreamCall, type UpstreamRules } from './fake-upstream.ts';
import { openAiRules } from './openai-upstream.ts';
import { type Asked, decide, type ModelAnswer } from './scripted-model/answer.ts';
import { modelThat, scriptedEvents } from './scripted-model/index.ts';

const THINKING_CHAT: Partial<Quirks> = {
  reasoningReplay: 'tool_calls',
  effortKnob: 'effort',
  efforts: ['low', 'high'],
};
const THINKING_RESPONSES: Partial<Quirks> = {
  developerRole: true,
  sampling: false,
  efforts: ['none', 'low', 'medium', 'high'],
  encryptedReasoning: true,
};

type Row = { provider: string; model: string; path: string; rules: UpstreamRules; quirks?: JsonObject };

/** An upstream of each dialect that thinks and shows it. */
const ROWS: Record<DialectId, Row> = {
  'anthropic-messages': {
    provider: 'anthropic',
    model: 'claude-sonnet-5-5',
    path: '/v1/messages',
    rules: STRICT_ANTHROPIC_RULES,
  },
  'openai-chat': {
    provider: 'openai-compatible',
    model: 'deep-thought',
    path: '/v1/chat/completions',
    rules: openAiRules({ ...COMPATIBLE_QUIRKS, promptCacheKey: true, ...THINKING_CHAT }),
    quirks: {
      prompt_cache_key: true,
      reasoning_replay: 'tool_calls',
      effort_knob: 'effort',
      efforts: ['low', 'high'],
    },
  },
  'openai-responses': {
    provider: 'openai',
    model: 'gpt-6',
    path: '/v1/responses',
    rules: openAiRules({ ...OPENAI_QUIRKS, ...THINKING_RESPONSES }),
  },
};

/** How an upstream differs from a good one. */
export type Breakage = {
  /** What it says against a request that is good. */
  refuses?: (body: JsonObject, call: UpstreamCall) => string | undefined;
  refusalStatus?: number;
  /** What becomes of the events of a stream. */
  stream?: (events: Buffer[]) => Buffer[];
  /** What its model answers. */
  answers?: (asked: Asked) => ModelAnswer;
  /** How it answers a request without a conversation. */
  spoiled?: Script;
  /** What it answers where tokens are to be counted. */
  count?: JsonObject;
};

/** An upstream to be probed, and the channel that leads there. */
export type Probed = { upstream: FakeUpstream; channel: ChannelConfig; model: string; config: JsonObject };

/** Starts one that is good but for its breakage. */
export async function startProbed(
  dialect: DialectId,
  breakage: Breakage = {},
  fields: JsonObject = {},
): Promise<Probed> {
  const { provider, model, path, rules, quirks } = ROWS[dialect];
  const upstream = await FakeUpstream.start('sk-probed-upstream-credential', lettingSpoiledIn(rules));
  upstream.fallback = scriptOf(dialect, breakage);
  const config: JsonObject = {
    channels: [
      {
        name: 'probed',
        provider,
        base_url: upstream.url,
        models: [model],
        ...(dialect === 'anthropic-messages' || fields['endpoints'] ? {} : { endpoints: { [dialect]: path } }),
        ...(quirks && { quirks }),
        ...(fields['credentials'] ? {} : { api_key: upstream.apiKey }),
        ...fields,
      },
    ],
  };
  const [channel] = parseConfig('/ezmodel.yaml', JSON.stringify(config), PROVIDERS, {}).channels;
  if (!channel) throw new Error('no channel');
  return { upstream, channel, model, config };
}

const isSpoiled = (json: JsonObject | undefined) => json?.['messages'] === 0 || json?.['input'] === 0;

/** Requests without a conversation get to the script, which knows how this upstream refuses. */
function lettingSpoiledIn({ refusalOf, errorBody }: UpstreamRules): UpstreamRules {
  return {
    errorBody,
    refusalOf: (request, json, apiKey) => {
      const whole = json && isSpoiled(json) ? { ...json, ...conversationOf(json) } : json;
      return refusalOf(request, whole, apiKey);
    },
  };
}

function conversationOf(json: JsonObject): Record<string, Json> {
  return 'input' in json ? { input: 'hello' } : { messages: [{ role: 'user', content: 'hello' }] };
}

function scriptOf(dialect: DialectId, breakage: Breakage): Script {
  const { answers = decide, count = { input_tokens: 12 } } = breakage;
  const model = modelThat(dialect, answers);
  return (reply) => {
    const { call } = reply;
    const body = call.json ?? {};
    if (isSpoiled(body)) {
      const refuse: Script = () => reply.error(400, 'invalid_request_error', 'the conversation must be a list');
      return (breakage.spoiled ?? refuse)(reply);
    }
    const refusal = breakage.refuses?.(body, call);
    const status = breakage.refusalStatus ?? 400;
    if (refusal !== undefined) return reply.error(status, 'invalid_request_error', refusal);
    if (/count_tokens|input_tokens/.test(call.target)) return reply.json(200, count);
    if (body['stream'] !== true || !breakage.stream) return model(reply);
    return reply.stream(breakage.stream(scriptedEvents(dialect, body, answers)));
  };
}
