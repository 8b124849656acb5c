import type { Command } from 'commander';
import type { ChannelConfig } from '../config/config.ts';
import { formatTable, print, printJson } from './output.ts';
import { configOf, environmentOf } from './settings.ts';

/** Adds `channels list` and gives the group, for commands that belong to it. */
export function addChannelsCommand(program: Command): Command {
  const channels = program.command('channels').description('look at the upstream accounts');
  channels
    .command('list')
    .description('list the channels of the configuration')
    .option('--json', 'print JSON')
    .action(list);
  return channels;
}

function list(options: { json?: true }, command: Command): void {
  const { channels } = configOf(environmentOf(command));
  if (options.json) {
    printJson(channels.map(channelJson));
    return;
  }
  const titles = ['NAME', 'PROVIDER', 'ADDRESS', 'KEY', 'PRIORITY', 'MODELS'].map((title) => ({ title }));
  const rows = channels.map((channel) => [
    channel.name,
    channel.provider,
    channel.baseUrl || '-',
    keysOf(channel),
    String(channel.priority),
    channel.models
      .map(({ pattern, upstream }) => (upstream === undefined ? pattern : `${pattern}=${upstream}`))
      .join(', '),
  ]);
  print(formatTable(titles, rows));
}

function hasKey({ credentials: [{ apiKey }] }: ChannelConfig): boolean {
  return apiKey !== undefined;
}

function keysOf(channel: ChannelConfig): string {
  if (!hasKey(channel)) return 'none';
  return channel.credentials.length === 1 ? 'set' : `${channel.credentials.length} set`;
}

/** A channel without its secrets. */
function channelJson(channel: ChannelConfig): object {
  const { connect, firstEvent, idle, total } = channel.timeouts;
  return {
    name: channel.name,
    provider: channel.provider,
    base_url: channel.baseUrl,
    has_api_key: hasKey(channel),
    credentials: channel.credentials.map(({ name, weight }) => ({ name, weight })),
    priority: channel.priority,
    weight: channel.weight,
    state: channel.state,
    models: channel.models.map(({ pattern, upstream }) => ({ name: pattern, upstream: upstream ?? null })),
    timeouts_ms: { connect, first_event: firstEvent, idle, total },
  };
}
