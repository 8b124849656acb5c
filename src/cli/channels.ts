import type { Command } from 'commander';
import type { ChannelConfig } from '../config/config.ts';
import type { JsonObject } from '../core/json.ts';
import { listDrains } from '../store/drains.ts';
import { addChannelBetasCommand } from './channel-betas.ts';
import { addChannelDrainCommands } from './channel-drain.ts';
import { addChannelTestCommand } from './channel-test.ts';
import { formatCircuits, healthInWords, liveHealth } from './live-health.ts';
import { formatTable, print, printJson } from './output.ts';
import { channelsInForce, configOf, environmentOf, withStore } from './settings.ts';

/** Adds `channels list|drain|undrain|test|betas`. */
export function addChannelsCommand(program: Command): void {
  const channels = program.command('channels').description('look at the upstream accounts');
  channels
    .command('list')
    .description('list the channels of the configuration, what is drained, and how they are if a server runs')
    .option('--json', 'print JSON')
    .action(list);
  addChannelDrainCommands(channels);
  addChannelTestCommand(channels);
  addChannelBetasCommand(channels);
}

async function list(options: { json?: true }, command: Command): Promise<void> {
  const environment = environmentOf(command);
  const file = configOf(environment);
  const [{ channels, drains }, health] = await Promise.all([
    withStore(environment.dataDir, async (store) => ({
      channels: await channelsInForce(environment, file, store),
      drains: await listDrains(store),
    })),
    liveHealth(environment.dataDir),
  ]);
  const drained = new Set(drains.map(({ id }) => id));
  if (options.json) {
    printJson(channels.map((channel) => channelJson(channel, drained, health?.channels.get(channel.name))));
    return;
  }
  const titles = ['NAME', 'PROVIDER', 'ADDRESS', 'KEY', 'PRIORITY', 'STATE', 'HEALTH', 'MODELS'].map((title) => ({
    title,
  }));
  const rows = channels.map((channel) => [
    channel.name,
    channel.provider,
    channel.baseUrl || '-',
    keysOf(channel),
    String(channel.priority),
    stateOf(channel, drained),
    healthInWords(health?.channels.get(channel.name)),
    channel.models
      .map(({ pattern, upstream }) => (upstream === undefined ? pattern : `${pattern}=${upstream}`))
      .join(', '),
  ]);
  print(formatTable(titles, rows));
  const circuits = health && formatCircuits(health);
  if (circuits !== undefined) print(`\n${circuits}`);
  if (!health) print('\nNo server runs on this data directory: how the channels are is not known.');
}

/** Whether a channel is in use, wholly or in part. */
function stateOf({ name, state, credentials }: ChannelConfig, drained: ReadonlySet<string>): string {
  if (state === 'drain') return 'drained by configuration';
  if (drained.has(name)) return 'drained';
  const parts = credentials.filter(({ id }) => drained.has(id)).map((credential) => credential.name);
  return parts.length === 0 ? 'active' : `drained: ${parts.join(', ')}`;
}

function hasKey({ credentials: [{ apiKey }] }: ChannelConfig): boolean {
  return apiKey !== undefined;
}

function keysOf(channel: ChannelConfig): string {
  if (!hasKey(channel)) return 'none';
  return channel.credentials.length === 1 ? 'set' : `${channel.credentials.length} set`;
}

/** A channel without its secrets. */
function channelJson(channel: ChannelConfig, drained: ReadonlySet<string>, health: JsonObject | undefined): object {
  const { connect, firstEvent, idle, total } = channel.timeouts;
  return {
    name: channel.name,
    provider: channel.provider,
    base_url: channel.baseUrl,
    has_api_key: hasKey(channel),
    credentials: channel.credentials.map(({ id, name, weight }) => ({ name, weight, drained: drained.has(id) })),
    priority: channel.priority,
    weight: channel.weight,
    state: channel.state,
    drained: drained.has(channel.name),
    models: channel.models.map(({ pattern, upstream }) => ({ name: pattern, upstream: upstream ?? null })),
    timeouts_ms: { connect, first_event: firstEvent, idle, total },
    health: health?.['credentials'] ?? null,
  };
}
