import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
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

/** The name of a heading's anchor, as the forges make it. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');
}
