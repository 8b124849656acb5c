import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { ask, OWNER, setUp } from '../test/support/administrator.ts';
import { openBrowser, settled, signInOn, type Visitor, visit } from '../test/support/console.ts';
import { PAGE_PATHS } from '../test/support/console-pages.ts';
import { type Gateway, SIMULATOR_CONFIG, startGateway } from '../test/support/gateway.ts';
import { waitFor } from '../test/support/wait.ts';

// Fills a store with a day's life, and takes every page of the console in both themes into docs/images: `npm run screenshots`.
const FOLDER = join(import.meta.dirname, '../docs/images');
const MODELS = ['claude-opus-5-5', 'claude-sonnet-4-6', 'claude-haiku-4-5-20251001', 'claude-sonnet-5'];
const TEAMS = ['assistant', 'code review', 'support', 'nightly reports'];
const REQUESTS = 240;
const THEMES = ['light', 'dark'] as const;

/**
 * Keys, budgets and requests as a small team would have them; a few fail.
 * @returns the id of the last request of a session whose prompt has changed.
 */
async function live(gateway: Gateway): Promise<string> {
  const keys = [];
  for (const team of TEAMS) keys.push(await gateway.createKey(team));
  await gateway.command('budgets', 'set', 'whole team', '--project', 'default', '--amount', '5');
  await gateway.command('budgets', 'set', 'support', '--key', keys[2]?.id ?? '', '--amount', '0.5');
  for (let index = 0; index < REQUESTS; index++) {
    const key = keys[index % keys.length]?.key ?? gateway.key;
    const failing = index % 40 === 39;
    const model = failing ? 'simulator-error-529' : (MODELS[(index * 7) % MODELS.length] ?? '');
    const content = `Please review the change ${index}, and say what could go wrong with it. `.repeat(1 + (index % 12));
    const system = [{ type: 'text', text: 'You are careful. '.repeat(500), cache_control: { type: 'ephemeral' } }];
    const body = { model, max_tokens: 300, system, messages: [{ role: 'user', content }] };
    await gateway.messages(body, { 'x-api-key': key });
  }
  let last = '';
  for (const note of ['', '', 'It is noon.']) {
    const system = [
      { type: 'text', text: `${'You are careful. '.repeat(500)}${note}`, cache_control: { type: 'ephemeral' } },
    ];
    const body = { model: 'claude-opus-5-5', max_tokens: 300, system, messages: [{ role: 'user', content: 'Go on.' }] };
    const answer = await gateway.messages(body, { 'x-session-id': 'review' });
    last = answer.headers['request-id'] ?? '';
  }
  return last;
}

/** What a page needs before it is worth a picture. */
const PREPARE: Record<string, (page: Page, gateway: Gateway) => Promise<void>> = {
  '/playground': async (page) => {
    await page.getByLabel('Model').selectOption('claude-opus-5-5');
    await page.getByLabel('Message').fill('What does a gateway do for a team that uses several models?');
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByText('Cost').waitFor();
  },
  '/start': async (page) => {
    await page.getByRole('button', { name: 'Make the key' }).click();
    await page.getByRole('tab', { name: 'curl' }).waitFor();
  },
  '/key': async (page, gateway) => {
    await page.getByLabel('API key').fill(gateway.key);
    await page.getByRole('button', { name: 'Show' }).click();
    await page.getByRole('tab', { name: 'curl' }).waitFor();
  },
};

/** Takes what is in view. */
async function shoot({ page }: Visitor, name: string): Promise<void> {
  await settled(page);
  await page.screenshot({ path: join(FOLDER, `${name}.png`) });
}

async function visitAll(visitor: Visitor, gateway: Gateway, session: string, theme: string): Promise<void> {
  await visitor.open('/');
  await shoot(visitor, `sign-in-${theme}`);
  await signInOn(visitor, OWNER);
  for (const path of PAGE_PATHS.filter((each) => !each.includes('$'))) {
    await visitor.open(path);
    await PREPARE[path]?.(visitor.page, gateway);
    // The chart is drawn a frame after its data.
    await visitor.page
      .locator('.uplot canvas')
      .first()
      .waitFor({ timeout: 1_000 })
      .catch(() => undefined);
    await shoot(visitor, `${path.slice(1).replaceAll('/', '-') || 'overview'}-${theme}`);
  }
  await visitor.open('/exchanges');
  await visitor.page.keyboard.press('j');
  await visitor.page.keyboard.press('Enter');
  await visitor.page.waitForURL(/exchanges\/req_/);
  await shoot(visitor, `exchange-${theme}`);
  await visitor.open(`/sessions/${session}`);
  await shoot(visitor, `cache-doctor-${theme}`);
  await visitor.open('/projects/proj_default');
  await shoot(visitor, `project-${theme}`);
  await visitor.open('/channels/simulator');
  await shoot(visitor, `channel-${theme}`);
  await visitor.open('/');
  await visitor.page.keyboard.press('Control+k');
  await shoot(visitor, `palette-${theme}`);
}

rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER, { recursive: true });
const gateway = await startGateway({ config: SIMULATOR_CONFIG });
const browser = await openBrowser();
try {
  for (const theme of THEMES) {
    const visitor = await visit(browser, gateway, { theme, height: 860 });
    await visitor.open('/');
    await shoot(visitor, `set-up-${theme}`);
    await visitor.close();
  }
  const owner = await setUp(gateway);
  const viewer = { email: 'vic@example.org', name: 'Vic', role: 'viewer', password: 'only looks at things' };
  await ask(gateway, owner, 'POST', '/users', viewer);
  const last = await live(gateway);
  const session = await waitFor('the digests', async () => {
    const { session: found } = (await ask(gateway, owner, 'GET', `/exchanges/${last}`)).json();
    return typeof found === 'string' ? found : undefined;
  });
  for (const theme of THEMES) {
    const visitor = await visit(browser, gateway, { theme, height: 860 });
    await visitAll(visitor, gateway, session, theme);
    if (visitor.offences.length > 0) throw new Error(visitor.offences.join('\n'));
    await visitor.close();
  }
} finally {
  await browser.close();
  await gateway.dispose();
}
