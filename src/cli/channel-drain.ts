import type { Command } from 'commander';
import type { ChannelConfig } from '../config/config.ts';
import { deleteDrain, insertDrain, listDrains } from '../store/drains.ts';
import { CliError, print } from './output.ts';
import { channelsInForce, configOf, environmentOf, withStore } from './settings.ts';

const WHICH = 'the channel, or one of its credentials as CHANNEL/CREDENTIAL';

/** Adds `channels drain` and `channels undrain`. */
export function addChannelDrainCommands(channels: Command): void {
  channels
    .command('drain')
    .argument('<name>', WHICH)
    .description('take a channel out of use: it gets no new requests and finishes those it has')
    .action(drain);
  channels
    .command('undrain')
    .argument('<name>', WHICH)
    .description('take a drained channel into use again')
    .action(undrain);
}

async function drain(id: string, _: object, command: Command): Promise<void> {
  const environment = environmentOf(command);
  const file = configOf(environment);
  await withStore(environment.dataDir, async (store) => {
    const channels = await channelsInForce(environment, file, store);
    if (!idsOf(channels).includes(id)) throw new CliError(`nothing is called ${id}: there are ${listOf(channels)}`);
    const isNew = await insertDrain(store, { id, drainedAt: Date.now() });
    print(isNew ? `${id} is drained: it gets no new requests.` : `${id} was drained already.`);
  });
}

/** Also for what the configuration no longer has. */
async function undrain(id: string, _: object, command: Command): Promise<void> {
  const environment = environmentOf(command);
  const { channels } = configOf(environment);
  await withStore(environment.dataDir, async (store) => {
    if (await deleteDrain(store, id)) {
      const configured = channels.find(({ name, state }) => name === id && state === 'drain');
      const rest = configured ? ', but the configuration still says state: drain.' : '.';
      print(`${id} is no longer drained by hand${rest}`);
      return;
    }
    const others = (await listDrains(store)).map((other) => other.id);
    const what = others.length === 0 ? 'nothing is' : `only ${others.join(', ')} ${others.length === 1 ? 'is' : 'are'}`;
    throw new CliError(`${id} is not drained by hand: ${what}`);
  });
}

function idsOf(channels: readonly ChannelConfig[]): string[] {
  return channels.flatMap(({ name, credentials }) => [name, ...credentials.map(({ id }) => id)]);
}

/** Channels, and credentials where there are several. */
function listOf(channels: readonly ChannelConfig[]): string {
  return channels
    .flatMap(({ name, credentials }) => [name, ...(credentials.length > 1 ? credentials.map(({ id }) => id) : [])])
    .join(', ');
}
