import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addCommands } from '../src/cli/commands.ts';
import { parseConfig } from '../src/config/load.ts';
import { PROVIDERS } from '../src/providers/index.ts';
import { PROJECT_ROOT } from './support/source-tree.ts';

/** Every page for users and contributors. */
const PAGES = ['.', 'docs', 'docs/decisions', 'docs/invariants'].flatMap((folder) =>
  readdirSync(join(PROJECT_ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => ({ page: join(folder, name), text: readFileSync(join(PROJECT_ROOT, folder, name), 'utf8') })),
);

const CONFIGS = PAGES.flatMap(({ page, text }) =>
  [...text.matchAll(/```yaml\n([\s\S]*?)```/g)]
    .map(([, example = '']) => ({ page, example }))
    .filter(({ example }) => example.startsWith('channels:')),
);

/** Every variable that an example refers to, with some value. */
function variablesOf(example: string): Record<string, string> {
  return Object.fromEntries([...example.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => [name, 'value']));
}

describe('the documentation', () => {
  it('has examples of configurations', () => {
    expect(new Set(CONFIGS.map(({ page }) => page))).toContain('docs/configuration.md');
  });

  it.each(CONFIGS)('shows in $page a configuration that is good', ({ page, example }) => {
    expect(() => parseConfig(page, example, PROVIDERS, variablesOf(example))).not.toThrow();
  });

  it.each(PAGES)('links from $page to what there is', ({ page, text }) => {
    const targets = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, target = '']) => target);
    expect(targets.filter((target) => !existsSync(join(PROJECT_ROOT, dirname(page), target)))).toEqual([]);
  });

  it.each(PAGES)('links within $page to headings that there are', ({ text }) => {
    const headings = new Set([...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading)));
    const anchors = [...text.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor = '']) => anchor);
    expect(anchors.filter((anchor) => !headings.has(anchor))).toEqual([]);
  });
});

describe.each(['README.md', 'README.zh-CN.md'])('%s', (page) => {
  const cells = [...(PAGES.find((each) => each.page === page)?.text ?? '').matchAll(/^\| (`.*?`.*?) \| /gm)]
    .flatMap(([, cell = '']) => [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text))
    .join('\n');

  it('names every command, and what each can do', async () => {
    const program = new Command('ezmodel');
    await addCommands(program, []);
    const told = new Set(
      cells.split('\n').flatMap((line) => {
        const [command = '', verbs = ''] = line.split(' ');
        return [command, ...verbs.split('\\|').map((verb) => `${command} ${verb}`)];
      }),
    );
    const there = program.commands.flatMap((command) => {
      const verbs = command.commands.map((verb) => `${command.name()} ${verb.name()}`);
      return verbs.length > 0 ? verbs : [command.name()];
    });
    expect(there.length).toBeGreaterThan(40);
    expect(there.filter((line) => !told.has(line))).toEqual([]);
  });

  it('names every variable of the configuration', () => {
    const known = [...readPage('docs/configuration.md').matchAll(/^\| `([A-Z][A-Z_]+)` \|/gm)].map(
      ([, name = '']) => name,
    );
    expect(known.length).toBeGreaterThan(8);
    expect(known.filter((name) => !cells.includes(name))).toEqual([]);
  });
});

function readPage(page: string): string {
  return readFileSync(join(PROJECT_ROOT, page), 'utf8');
}

/** The name of a heading's anchor, as the forges make it. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');
}
