import type { DialectId } from '../../src/core/dialect.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { COMPATIBLE_QUIRKS } from '../../src/providers/openai-compatible.ts';
import { STRICT_ANTHROPIC_RULES } from './anthropic-rules.ts';
import { FakeUpstream } from './fake-upstream.ts';
import { openAiRules, startOpenAiUpstream } from './openai-upstream.ts';
import { scriptedModel } from './scripted-model/index.ts';

/** One upstream of each dialect, and what it is called with. */
const ROWS = [
  { name: 'messages', dialect: 'anthropic-messages', provider: 'anthropic', model: 'claude-sonnet-5-5' },
  { name: 'chat', dialect: 'openai-chat', provider: 'openai-compatible', model: 'deep-thought' },
  { name: 'responses', dialect: 'openai-responses', provider: 'openai', model: 'gpt-6' },
] as const satisfies readonly { name: string; dialect: DialectId; provider: string; model: string }[];

/** The short names of the upstreams. */
export type UpstreamName = (typeof ROWS)[number]['name'];

/** Name and dialect of each upstream. */
export const UPSTREAMS: readonly { upstream: UpstreamName; dialect: DialectId }[] = ROWS.map(({ name, dialect }) => ({
  upstream: name,
  dialect,
}));

const PATIENT = { connect: '2s', first_event: '30s', idle: '30s', total: '60s' };
const IMPATIENT = { connect: '2s', first_event: '700ms', idle: '700ms', total: '5s' };

/**
 * Three strict upstreams with the scripted model behind them. Models: `on-NAME`; `slow-on-NAME`, whose channel has no
 * patience; and those of `twice`.
 */
export class PairUpstreams {
  private readonly byName: Record<UpstreamName, FakeUpstream>;

  private constructor(byName: Record<UpstreamName, FakeUpstream>) {
    this.byName = byName;
  }

  static async start(): Promise<PairUpstreams> {
    const [messages, chat, responses] = await Promise.all([
      FakeUpstream.start('sk-ant-pair', STRICT_ANTHROPIC_RULES),
      FakeUpstream.start('sk-chat-pair', openAiRules(COMPATIBLE_QUIRKS)),
      startOpenAiUpstream({ sampling: false }),
    ]);
    const upstreams = new PairUpstreams({ messages, chat, responses });
    upstreams.reset();
    return upstreams;
  }

  get channels(): JsonObject[] {
    return ROWS.flatMap((row) => {
      const { name, model } = row;
      const channel = this.channelOf(row);
      return [
        { ...channel, name, timeouts: PATIENT, models: { [`on-${name}`]: model } },
        { ...channel, name: `${name}-slow`, timeouts: IMPATIENT, models: { [`slow-on-${name}`]: model } },
      ];
    });
  }

  /** Two channels to the same upstream, the second for when the first fails; the health of others is not theirs. */
  twice(upstream: UpstreamName, model: string): JsonObject[] {
    return this.pair(upstream, upstream, model);
  }

  /** Likewise, to two upstreams. */
  pair(first: UpstreamName, second: UpstreamName, model: string): JsonObject[] {
    return [first, second].flatMap((upstream, priority) =>
      ROWS.filter(({ name }) => name === upstream).map((row) => ({
        ...this.channelOf(row),
        name: `${model}-${priority}`,
        priority,
        timeouts: PATIENT,
        models: { [model]: row.model },
      })),
    );
  }

  private channelOf({ name, dialect, provider }: (typeof ROWS)[number]): JsonObject {
    const { url, apiKey } = this.byName[name];
    const paths = {
      'anthropic-messages': { generate: '/v1/messages', count_tokens: '/v1/messages/count_tokens' },
      'openai-chat': '/v1/chat/completions',
      'openai-responses': { generate: '/v1/responses', count_tokens: '/v1/responses/input_tokens' },
    };
    return { provider, base_url: url, api_key: apiKey, endpoints: { [dialect]: paths[dialect] } };
  }

  of(name: UpstreamName): FakeUpstream {
    return this.byName[name];
  }

  /** Calls of all upstreams. */
  get calls(): FakeUpstream['calls'] {
    return Object.values(this.byName).flatMap(({ calls }) => calls);
  }

  /** Forgets calls and scripts: the scripted models answer again. */
  reset(): void {
    for (const { name, dialect } of ROWS) {
      this.byName[name].reset();
      this.byName[name].fallback = scriptedModel(dialect);
    }
  }

  async stop(): Promise<void> {
    await Promise.all(Object.values(this.byName).map((upstream) => upstream.stop()));
  }
}
