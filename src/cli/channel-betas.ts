import type { Command } from 'commander';
import type { RefusedFeature } from '../routing/feature-memory.ts';
import { listFeatures } from '../routing/keep-features.ts';
import { formatTable, formatTime, print, printJson } from './output.ts';
import { environmentOf, withStore } from './settings.ts';

/** Adds `channels betas`. */
export function addChannelBetasCommand(channels: Command): void {
  channels
    .command('betas')
    .argument('[name]', 'one channel (default: all)')
    .description('list the betas and fields that upstreams have refused, and that requests go without for a time')
    .option('--json', 'print JSON')
    .action(betas);
}

async function betas(name: string | undefined, options: { json?: true }, command: Command): Promise<void> {
  const all = await withStore(environmentOf(command).dataDir, (store) => listFeatures(store, Date.now()));
  const lessons = name === undefined ? all : all.filter(({ channel }) => channel === name);
  if (options.json) printJson(lessons.map(lessonJson));
  else if (lessons.length === 0) print('nothing has been refused');
  else print(formatTable(COLUMNS, lessons.map(lessonRow)));
}

const COLUMNS = ['CHANNEL', 'MODEL', 'KIND', 'LEFT OUT', 'SINCE', 'UNTIL'].map((title) => ({ title }));

function lessonRow({ channel, upstreamModel, feature, learnedAt, expiresAt }: RefusedFeature): string[] {
  const { kind, name } = partsOf(feature);
  return [channel, upstreamModel, kind, name, formatTime(learnedAt), formatTime(expiresAt)];
}

function lessonJson({ channel, upstreamModel, feature, learnedAt, expiresAt }: RefusedFeature): object {
  return { channel, upstream_model: upstreamModel, ...partsOf(feature), learned_at: learnedAt, expires_at: expiresAt };
}

function partsOf(feature: string): { kind: string; name: string } {
  const [kind = ''] = feature.split(':', 1);
  return { kind, name: feature.slice(kind.length + 1) };
}
