import type { ChannelHealthView, ChannelTestView, ModelView, UpstreamDesk } from '../admin/upstream-desk.ts';
import type { ChannelConfig } from '../config/config.ts';
import { isBaseUrlAllowed } from '../gateway/base-url.ts';
import type { Gateway } from '../gateway/gateway.ts';
import { listModels } from '../gateway/list-models.ts';
import { reportJson } from '../gateway/probe/report-json.ts';
import { probeChannel } from '../gateway/probe/run-probes.ts';
import { testModelOf } from '../gateway/probe/test-model.ts';
import { testChannel } from '../gateway/test-channel.ts';
import { PROVIDER_ROWS } from '../gateway/wiring.ts';
import { FACTOR_UNIT } from '../metering/price.ts';
import { postWebhook } from '../upstream/post-webhook.ts';
import type { FollowedConfig } from './config-source.ts';

/** Tests of channels that run at once, in this process. */
const MOST_TESTS = 2;

/** No call of a test waits longer than this, in ms, whatever its channel says. */
const TEST_TIMES = { connect: 5_000, firstEvent: 30_000, idle: 20_000, total: 60_000 };

/** What the admin API may know and try of the upstreams of a gateway. */
export function createUpstreamDesk(
  gateway: Gateway,
  source: FollowedConfig,
  health: () => Promise<readonly ChannelHealthView[]>,
): UpstreamDesk {
  let running = 0;
  const channelNamed = (name: string) => source.current().channels.find((channel) => channel.name === name);
  return {
    providers: PROVIDER_ROWS,
    file: source.file,
    current: source.current,
    refresh: source.refresh,
    health,
    models: () => modelViews(gateway),
    isAddressAllowed: (baseUrl) => isBaseUrlAllowed(baseUrl, source.file().server.admin.privateChannels),
    tell: (webhook, message) => postWebhook({ ...webhook, ...message }),
    testModel: (name) => {
      const channel = channelNamed(name);
      return channel && testModelOf(channel);
    },
    test: async (name, model, quick) => {
      const channel = channelNamed(name);
      if (!channel || running >= MOST_TESTS) return undefined;
      running++;
      try {
        const startedAt = performance.now();
        const found = await (quick ? greet : probe)(gateway, bounded(channel), model);
        return { ...found, total_ms: Math.round(performance.now() - startedAt) };
      } finally {
        running--;
      }
    },
  };
}

type Found = Omit<ChannelTestView, 'total_ms'>;

async function probe({ transport }: Gateway, channel: ChannelConfig, model: string): Promise<Found> {
  return reportJson(await probeChannel(transport, channel, model));
}

async function greet({ transport }: Gateway, channel: ChannelConfig, model: string): Promise<Found> {
  const result = await testChannel(transport, channel, model);
  const note = result.ok ? null : `${result.error.kind}, ${result.error.message}`;
  const usage = result.ok ? result.usage : undefined;
  const probes = [{ name: 'greeting', state: result.ok ? 'ok' : 'failed', note }];
  return {
    model,
    ok: result.ok,
    endpoints: [{ dialect: 'anthropic-messages', path: '', probes }],
    cost: { calls: 1, input_tokens: usage?.input ?? 0, output_tokens: usage?.output ?? 0 },
  };
}

function bounded(channel: ChannelConfig): ChannelConfig {
  const { connect, firstEvent, idle, total } = channel.timeouts;
  const timeouts = {
    connect: Math.min(connect, TEST_TIMES.connect),
    firstEvent: Math.min(firstEvent, TEST_TIMES.firstEvent),
    idle: Math.min(idle, TEST_TIMES.idle),
    total: Math.min(total, TEST_TIMES.total),
  };
  return { ...channel, timeouts };
}

function modelViews(gateway: Gateway): ModelView[] {
  const { config, router } = gateway.snapshot();
  return listModels(config, undefined).map(({ id, facts }) => {
    const { targets, policy, fallbacks } = router.route(id);
    return {
      name: id,
      display_name: facts?.displayName ?? null,
      policy,
      fallbacks,
      targets: targets.map((target) => ({
        channel: target.channel.name,
        credential: target.credential.name,
        upstream_model: target.upstreamModel,
        priority: target.priority,
        weight: target.weight,
        price: gateway.priceOf(target, { markup: FACTOR_UNIT })?.base.rates ?? null,
      })),
      max_input_tokens: facts?.maxInputTokens ?? null,
      max_output_tokens: facts?.maxOutputTokens ?? null,
      lifecycle: facts?.lifecycle ?? null,
      thinking: facts?.rules.thinking ?? [],
      effort: facts?.rules.effort ?? [],
      structured_outputs: facts?.rules.structuredOutputs ?? null,
    };
  });
}
