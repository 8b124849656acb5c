import { EventEmitter, once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Provider } from '../core/provider.ts';
import { OPENAI_QUIRKS } from '../core/quirks.ts';
import type { Config } from './config.ts';
import { loadConfig } from './load.ts';
import { watchConfig } from './watch.ts';

const PROVIDER: Provider = {
  id: 'pretender',
  name: 'Pretender',
  defaultBaseUrl: undefined,
  environmentKey: undefined,
  auth: 'none',
  transport: 'simulator',
  endpoints: {},
  forwardHeaders: [],
  defaultModels: [],
  models: [],
  quirks: OPENAI_QUIRKS,
  modelQuirks: [],
  sources: [],
  priceCatalogue: 'none',
};

const fileNaming = (name: string) => `channels: [{ name: ${name}, provider: pretender }]\n`;

let directory: string;
let file: string;
let live: Config;
let watcher: { close(): void };
let happened: EventEmitter<{ config: [string]; failure: [string] }>;

function watch(): void {
  const load = () => loadConfig(file, [PROVIDER], {});
  live = load();
  watcher = watchConfig({
    file,
    load,
    onConfig: (config) => {
      live = config;
      happened.emit('config', config.channels.map(({ name }) => name).join());
    },
    onError: (error) => happened.emit('failure', String(error)),
  });
}

async function nextAfter(event: 'config' | 'failure', change: () => void): Promise<string> {
  const seen = once(happened, event);
  change();
  return String((await seen)[0]);
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ezmodel-watch-'));
  file = join(directory, 'ezmodel.yaml');
  happened = new EventEmitter();
});
afterEach(() => {
  watcher.close();
  rmSync(directory, { recursive: true });
});

test('a write in place, a rename over the file and a bad version that is mended', async () => {
  writeFileSync(file, fileNaming('first'));
  watch();
  expect(await nextAfter('config', () => writeFileSync(file, fileNaming('written')))).toBe('written');

  const draft = join(directory, 'draft');
  writeFileSync(draft, fileNaming('renamed'));
  expect(await nextAfter('config', () => renameSync(draft, file))).toBe('renamed');

  const failure = await nextAfter('failure', () => writeFileSync(file, 'channels: [{ name: 5, provider: pretender }]'));
  expect(failure).toContain('channels[0].name: must be a text');
  expect(live.channels[0]?.name, 'S10: the old config stays live').toBe('renamed');

  expect(await nextAfter('failure', () => rmSync(file))).toContain('does not exist');
  expect(live.channels[0]?.name).toBe('renamed');

  expect(await nextAfter('config', () => writeFileSync(file, fileNaming('mended')))).toBe('mended');
});

test('a symbolic link that is swapped, as a mounted volume does', async () => {
  const link = (target: string) => {
    symlinkSync(target, join(directory, 'next'));
    renameSync(join(directory, 'next'), file);
  };
  writeFileSync(join(directory, 'one.yaml'), fileNaming('one'));
  writeFileSync(join(directory, 'two.yaml'), fileNaming('two'));
  link('one.yaml');
  watch();
  expect(await nextAfter('config', () => link('two.yaml'))).toBe('two');
});
