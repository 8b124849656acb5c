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
    channel.apiKey === undefined ? 'none' : 'set',
    String(channel.priority),
    channel.models
      .map(({ pattern, upstream }) => (upstream === undefined ? pattern : `${pattern}=${upstream}`))
      .join(', '),
  ]);
  print(formatTable(titles, rows));
}

/** A channel without its credential. */
function channelJson(channel: ChannelConfig): object {
  const { connect, firstEvent, idle, total } = channel.timeouts;
  return {
    name: channel.name,
    provider: channel.provider,
    base_url: channel.baseUrl,
    has_api_key: channel.apiKey !== undefined,
    priority: channel.priority,
    models: channel.models.map(({ pattern, upstream }) => ({ name: pattern, upstream: upstream ?? null })),
    timeouts_ms: { connect, first_event: firstEvent, idle, total },
  };
}
