import type { Command } from 'commander';
import type { ChannelConfig } from '../config/config.ts';
import { reportJson } from '../gateway/probe/report-json.ts';
import { failuresOf, probeChannel } from '../gateway/probe/run-probes.ts';
import { testModelOf } from '../gateway/probe/test-model.ts';
import { testChannel } from '../gateway/test-channel.ts';
import { createGatewayTransport } from '../gateway/wiring.ts';
import type { Transport } from '../upstream/send.ts';
import { CliError, print, printJson } from './output.ts';
import { formatProbes } from './probe-report.ts';
import { channelsInForce, configOf, environmentOf, withStore } from './settings.ts';

type Options = { model?: string; json?: true; quick?: true };

/** Adds `channels test`. */
export function addChannelTestCommand(channels: Command): void {
  channels
    .command('test')
    .argument('<name>', 'the channel')
    .description('probe what a channel can do, in each API that it serves')
    .option('--model <model>', 'the model to ask, as the upstream calls it (default: one that the channel serves)')
    .option('--quick', 'ask for one greeting only: tries its address, credential and a model')
    .option('--json', 'print JSON')
    .action(run);
}

async function run(name: string, options: Options, command: Command): Promise<void> {
  const environment = environmentOf(command);
  const file = configOf(environment);
  const channels = await withStore(environment.dataDir, (store) => channelsInForce(environment, file, store));
  const channel = channels.find((candidate) => candidate.name === name);
  if (!channel)
    throw new CliError(`no channel is called ${name}: there are ${channels.map((one) => one.name).join(', ')}`);
  const model = options.model ?? testModelOf(channel);
  if (model === undefined) throw new CliError(`channel ${name} serves only patterns: name a model with --model`);
  const transport = createGatewayTransport(Date.now);
  try {
    await (options.quick ? greet : probe)(transport, channel, model, options);
  } finally {
    await transport.close();
  }
}

async function probe(transport: Transport, channel: ChannelConfig, model: string, options: Options): Promise<void> {
  const { name } = channel;
  const report = await probeChannel(transport, channel, model);
  if (options.json) printJson({ channel: name, ...reportJson(report) });
  else print(`${name}, ${model}\n\n${formatProbes(report)}`);
  const failures = failuresOf(report).length;
  if (failures > 0) throw new CliError(`channel ${name} failed ${failures} ${failures === 1 ? 'probe' : 'probes'}`);
}

async function greet(transport: Transport, channel: ChannelConfig, model: string, options: Options): Promise<void> {
  const { name } = channel;
  const result = await testChannel(transport, channel, model);
  if (!result.ok) {
    const { kind, status, message } = result.error;
    if (options.json) printJson({ channel: name, model, ok: false, kind, status, message });
    throw new CliError(`channel ${name} failed with ${model}: ${kind}, ${message}`);
  }
  const firstEvent = Math.round(result.firstEventMs);
  const total = Math.round(result.totalMs);
  const { usage } = result.message;
  if (options.json) printJson({ channel: name, model, ok: true, first_event_ms: firstEvent, total_ms: total, usage });
  else print(`channel ${name} works: ${model} answered in ${total} ms, its first event came after ${firstEvent} ms`);
}
