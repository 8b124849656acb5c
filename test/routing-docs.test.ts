import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { renderRouting } from '../scripts/lib/routing-page.ts';
import { POLICY_NAMES } from '../src/config/config.ts';
import { parseConfig } from '../src/config/load.ts';
import { PROVIDERS } from '../src/providers/index.ts';
import { FAILURE_CLASSES } from '../src/routing/failure-class.ts';
import { PROJECT_ROOT } from './support/source-tree.ts';

const page = renderRouting();

describe('docs/routing.md', () => {
  it('is what the tables say (npm run routing-docs)', () => {
    expect(readFileSync(join(PROJECT_ROOT, 'docs/routing.md'), 'utf8')).toBe(page);
  });

  it.each(Object.keys(FAILURE_CLASSES))('has a row of the law for %s', (name) => {
    expect(page).toMatch(new RegExp(`^\\| \`${name}\` \\| [^|]+ \\| (?:1\\. |the client is told)`, 'm'));
  });

  it.each(POLICY_NAMES)('explains %s', (name) => {
    expect(page).toContain(`| \`${name}\` |`);
  });

  it('shows a configuration that can be used, and the defaults as they are', () => {
    const [, sample = ''] = /```yaml\n(.*?)```/s.exec(page) ?? [];
    const variables = { KEY_1: 'k1', KEY_2: 'k2', KEY_3: 'k3' };
    const shown = parseConfig('ezmodel.yaml', sample, PROVIDERS, variables);
    const plain = parseConfig('ezmodel.yaml', 'channels: [{ name: s, provider: simulator }]', PROVIDERS, {});
    expect(shown.routing).toEqual(plain.routing);
    expect(shown.channels[0]?.credentials).toHaveLength(2);
  });
});
